package dev.walcdc.systemtest;

import static org.awaitility.Awaitility.await;

import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.cli.Health;
import dev.walcdc.cli.Lake;
import dev.walcdc.cli.Mode;
import dev.walcdc.cli.PipelineEnvironment;
import dev.walcdc.cli.PipelineProcess;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.LocalStackOptions;
import dev.walcdc.local.OrphanGuard;
import dev.walcdc.local.PrivateFiles;
import dev.walcdc.local.Repository;
import dev.walcdc.local.Server;
import dev.walcdc.verify.ClickHouseAccess;
import dev.walcdc.verify.IcebergAccess;
import dev.walcdc.verify.LogAccess;
import dev.walcdc.verify.Patience;
import dev.walcdc.verify.QuarantineAccess;
import dev.walcdc.verify.Verifier;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Servers and a pipeline of one test's own: the pipeline is the very process that {@code wal-cdc
 * up} runs, the servers can be stopped and killed one by one.
 */
final class RunningPipeline implements AutoCloseable {

  private static final String TOPIC_PREFIX = Mode.CDC.topicPrefix();

  private static final Duration START = Duration.ofMinutes(3);
  private static final int TAIL_LINES = 100;
  private static final Set<RunningPipeline> OPEN = ConcurrentHashMap.newKeySet();

  private final Path home;
  private final LocalStack stack;
  private final int managementPort;
  private PipelineProcess pipeline;

  private RunningPipeline(Path home) {
    this.home = home;
    this.stack =
        new LocalStack(
            LocalStackOptions.builder(Repository.root(Path.of("").toAbsolutePath()).orElseThrow())
                .home(home)
                .build());
    this.managementPort = LocalStack.freePort();
  }

  /** Starts the servers, all of them, with empty data; no pipeline yet. */
  static RunningPipeline servers(String name) {
    RunningPipeline running =
        new RunningPipeline(Path.of("target", "homes", name).toAbsolutePath());
    running.clear();
    OrphanGuard.watch(running.home);
    running.stack.start();
    OPEN.add(running);
    return running;
  }

  LocalStack stack() {
    return stack;
  }

  /** Folder of data, settings and logs. */
  Path home() {
    return home;
  }

  ConnectionSettings settings() {
    return stack.settings();
  }

  SourceConnection source() {
    ConnectionSettings.Postgres postgres = settings().postgres();
    return new SourceConnection(
        postgres.host(),
        postgres.port(),
        postgres.database(),
        postgres.user(),
        postgres.password());
  }

  /** Starts the pipeline; it comes back by itself when it dies. */
  void startPipeline() {
    startPipeline(Map.of());
  }

  /** The same with further settings, as variables of its environment. */
  void startPipeline(Map<String, String> settings) {
    Map<String, String> environment = PipelineEnvironment.of(Mode.CDC, source(), settings(), ".*");
    environment.put(PipelineEnvironment.MANAGEMENT_PORT, Integer.toString(managementPort));
    environment.put("ICEBERG_COMMITINTERVAL", "2000");
    environment.putAll(settings);
    try {
      pipeline = new PipelineProcess("pipeline", 1024, environment, log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the pipeline by SIGTERM and waits for its end. */
  void stopPipeline() {
    pipeline.close();
    pipeline = null;
  }

  /** Kills the pipeline (SIGKILL) and waits until it is there again. */
  void killPipeline() {
    ProcessHandle killed = pipeline.process();
    killed.destroyForcibly();
    await()
        .atMost(START)
        .until(() -> pipeline.process().pid() != killed.pid() && pipeline.process().isAlive());
  }

  /** Waits until the pipeline says that all is well. */
  void awaitHealthy() {
    await().atMost(START).until(this::isHealthy);
  }

  /** Waits until the pipeline says that something is wrong. */
  void awaitUnhealthy() {
    await().atMost(START).until(() -> Health.of(managementPort) == Health.DOWN);
  }

  boolean isHealthy() {
    return Health.of(managementPort) == Health.UP;
  }

  /** Runs statements in the source. */
  void execute(String... statements) throws SQLException {
    try (Connection connection = source().open();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** The offset after the last record of a topic's only partition; 0 if there is no such topic. */
  long logEnd(String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    Map<String, Object> brokers =
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, settings().kafka().bootstrapServers());
    try (Admin admin = Admin.create(brokers)) {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
    } catch (ExecutionException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /** The pipeline's metrics, as Prometheus reads them. */
  String metrics() {
    return answer(
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/observe/metrics".formatted(managementPort)))
            .timeout(Duration.ofSeconds(30))
            .build());
  }

  /** What ClickHouse answers, tab-separated, or its error. */
  String clickHouse(String sql) {
    ConnectionSettings.ClickHouse server = settings().clickHouse();
    HttpRequest request =
        HttpRequest.newBuilder(server.url())
            .timeout(Duration.ofSeconds(30))
            .header("X-ClickHouse-User", server.user())
            .header("X-ClickHouse-Key", server.password())
            .POST(HttpRequest.BodyPublishers.ofString(sql))
            .build();
    return answer(request);
  }

  private static String answer(HttpRequest request) {
    try {
      return HttpClient.newHttpClient()
          .send(request, HttpResponse.BodyHandlers.ofString())
          .body()
          .strip();
    } catch (IOException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e.toString();
    }
  }

  /** Compares all published tables with both sinks, patiently. */
  VerifyReport verify() {
    return verify(".*");
  }

  /** As above, those tables whose {@code schema.table} matches as a whole. */
  VerifyReport verify(String tablePattern) {
    return verify(tablePattern, Duration.ofMinutes(3));
  }

  /** All published tables with less patience, where rows are expected to differ. */
  VerifyReport verify(Duration patience) {
    return verify(".*", patience);
  }

  private VerifyReport verify(String tablePattern, Duration patience) {
    return withVerifier(
        TOPIC_PREFIX,
        verifier -> verifier.verify(published(verifier, tablePattern), Patience.of(patience)));
  }

  /**
   * Compares tables with both sinks.
   *
   * @param topicPrefix first part of the names of the topics that carried them
   */
  VerifyReport verify(String topicPrefix, List<TableName> tables, Duration patience) {
    return withVerifier(topicPrefix, verifier -> verifier.verify(tables, Patience.of(patience)));
  }

  /** Compares all published tables exactly. */
  VerifyReport verifyExactly() {
    return withVerifier(
        TOPIC_PREFIX,
        verifier ->
            verifier.verifyExactly(
                published(verifier, ".*"), log(TOPIC_PREFIX), Duration.ofMinutes(3)));
  }

  /** The same, and has resynced what differs. */
  VerifyReport verifyAndResync() {
    return withVerifier(
        TOPIC_PREFIX,
        verifier ->
            verifier.verifyAndResync(
                published(verifier, ".*"),
                log(TOPIC_PREFIX),
                OwnTables.STANDARD.signal(),
                Duration.ofMinutes(3)));
  }

  /** Compares tables with ClickHouse and with another namespace of the lake than the sink's. */
  VerifyReport verifyLake(String namespace, String tablePattern) {
    return withVerifier(
        TOPIC_PREFIX,
        catalog -> new IcebergAccess(catalog, namespace),
        verifier ->
            verifier.verify(published(verifier, tablePattern), Patience.of(Duration.ofMinutes(3))));
  }

  private static List<TableName> published(Verifier verifier, String tablePattern) {
    return verifier.publishedTables("walcdc", OwnTables.STANDARD, Pattern.compile(tablePattern));
  }

  private LogAccess log(String topicPrefix) {
    return new LogAccess(
        KafkaConnection.plaintext(settings().kafka().bootstrapServers()),
        topicPrefix,
        "postgres-appdb-connector");
  }

  private VerifyReport withVerifier(String topicPrefix, Function<Verifier, VerifyReport> compare) {
    return withVerifier(topicPrefix, IcebergAccess::perSchema, compare);
  }

  private VerifyReport withVerifier(
      String topicPrefix,
      Function<JdbcCatalog, IcebergAccess> lake,
      Function<Verifier, VerifyReport> compare) {
    ConnectionSettings.ClickHouse server = settings().clickHouse();
    ClickHouseAccess clickHouse =
        ClickHouseAccess.perSchema(server.url(), server.user(), server.password());
    try (JdbcCatalog catalog = Lake.open(settings())) {
      QuarantineAccess quarantine = new QuarantineAccess(log(topicPrefix).brokers(), topicPrefix);
      Verifier verifier = new Verifier(source(), clickHouse, lake.apply(catalog), quarantine);
      return compare.apply(verifier);
    }
  }

  /** Prints the end of each running pipeline's log, for a failure on a machine far away. */
  static void printLogs() {
    OPEN.forEach(running -> System.err.println(running.endOfLog()));
  }

  private String endOfLog() {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log()), StandardCharsets.UTF_8).lines().toList();
      return "The last lines of %s:%n".formatted(log())
          + String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "There is no log of the pipeline: " + e;
    }
  }

  private Path log() {
    return home.resolve("logs/pipeline.log");
  }

  /** Stops everything; the logs stay. */
  @Override
  public void close() {
    OPEN.remove(this);
    try {
      if (pipeline != null) {
        pipeline.close();
      }
    } finally {
      stack.close();
    }
    for (Server server : Server.values()) {
      delete(home.resolve(server.key()));
    }
  }

  /** Removes what an earlier run left: files, and servers where it was killed. */
  private void clear() {
    LocalStack.stopLeftovers(home);
    delete(home);
  }

  private static void delete(Path folder) {
    try {
      PrivateFiles.deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
