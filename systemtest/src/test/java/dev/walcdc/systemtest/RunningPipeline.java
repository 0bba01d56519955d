package dev.walcdc.systemtest;

import static org.awaitility.Awaitility.await;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.cli.Lake;
import dev.walcdc.cli.Mode;
import dev.walcdc.cli.PipelineEnvironment;
import dev.walcdc.cli.PipelineProcess;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.LocalStackOptions;
import dev.walcdc.local.Repository;
import dev.walcdc.verify.ClickHouseAccess;
import dev.walcdc.verify.IcebergAccess;
import dev.walcdc.verify.Patience;
import dev.walcdc.verify.Verifier;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.iceberg.jdbc.JdbcCatalog;

/**
 * Servers and a pipeline of one test's own: the pipeline is the very process that {@code wal-cdc
 * up} runs, the servers can be stopped and killed one by one.
 */
final class RunningPipeline implements AutoCloseable {

  private static final Duration START = Duration.ofMinutes(3);

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
    this.managementPort = freePort();
  }

  /** Starts the servers, all of them, with empty data; no pipeline yet. */
  static RunningPipeline servers(String name) {
    RunningPipeline running =
        new RunningPipeline(Path.of("target", "homes", name).toAbsolutePath());
    running.deleteData();
    running.stack.start();
    return running;
  }

  LocalStack stack() {
    return stack;
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
    Map<String, String> environment = PipelineEnvironment.of(Mode.CDC, source(), settings(), ".*");
    environment.put("MANAGEMENT_PORT", Integer.toString(managementPort));
    environment.put("ICEBERG_COMMITINTERVAL", "2000");
    try {
      pipeline = new PipelineProcess(environment, home.resolve("logs/pipeline.log"), pid -> {});
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
    await().atMost(START).until(() -> healthStatus() == 503);
  }

  boolean isHealthy() {
    return healthStatus() == 200;
  }

  private int healthStatus() {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/observe/health".formatted(managementPort)))
            .timeout(Duration.ofSeconds(10))
            .build();
    try {
      return HttpClient.newHttpClient()
          .send(request, HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
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
    ConnectionSettings.ClickHouse server = settings().clickHouse();
    ClickHouseAccess clickHouse =
        ClickHouseAccess.perSchema(server.url(), server.user(), server.password());
    try (JdbcCatalog catalog = Lake.open(settings())) {
      Verifier verifier = new Verifier(source(), clickHouse, IcebergAccess.perSchema(catalog));
      List<TableName> tables =
          verifier.publishedTables("walcdc", "walcdc.heartbeat", Pattern.compile(".*"));
      return verifier.verify(tables, Patience.of(Duration.ofMinutes(3)));
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops everything; the logs stay. */
  @Override
  public void close() {
    if (pipeline != null) {
      pipeline.close();
    }
    stack.close();
    deleteData();
  }

  private void deleteData() {
    if (!Files.exists(home)) {
      return;
    }
    try (Stream<Path> files = Files.walk(home)) {
      files
          .filter(file -> !file.startsWith(home.resolve("logs")) && !file.equals(home))
          .sorted(Comparator.reverseOrder())
          .forEach(RunningPipeline::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
