package dev.walcdc.capture;

import static org.awaitility.Awaitility.await;

import dev.walcdc.capture.Log.Entry;
import dev.walcdc.capture.resync.SignalTable;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.local.ConnectionSettings.Postgres;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.camel.Processor;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.health.ConsumersHealthCheckRepository;

/**
 * One capture of one schema, with slot, publication, topics and heartbeat table of its own. The
 * schema's name serves as the name of all of them. Closing it leaves nothing in PostgreSQL.
 */
final class Capture implements AutoCloseable {

  private static final Duration PATIENCE =
      Duration.ofSeconds(Integer.getInteger("walcdc.patience", 60));

  private final String name;
  private final Map<String, String> options = new LinkedHashMap<>();
  private Processor before = exchange -> {};
  private Processor after = exchange -> {};
  private DefaultCamelContext context;

  /** A schema with a heartbeat table in a publication of all its tables. */
  Capture(String name) {
    this.name = name;
    Source.run(
        "DROP SCHEMA IF EXISTS %s CASCADE".formatted(name),
        "CREATE SCHEMA " + name,
        "CREATE TABLE %s.heartbeat (id int PRIMARY KEY, beat_at timestamptz NOT NULL)"
            .formatted(name),
        SignalTable.ddl(name + ".signal"),
        "CREATE PUBLICATION %s FOR TABLES IN SCHEMA %s".formatted(name, name));
    Postgres postgres = Source.settings();
    options.put("databaseHostname", postgres.host());
    options.put("databasePort", Integer.toString(postgres.port()));
    options.put("databaseUser", postgres.user());
    options.put("databasePassword", postgres.password());
    options.put("databaseDbname", postgres.database());
    options.put("brokers", brokers());
    options.put("topicPrefix", name);
    options.put("slotName", name);
    options.put("publicationName", name);
    options.put("tableIncludeList", name + "\\..*");
    options.put("heartbeatTable", name + ".heartbeat");
    options.put("signalTable", name + ".signal");
    options.put("heartbeatInterval", "200");
    options.put("positionInterval", "100");
    options.put("backOff", "100");
    options.put("backOffMax", "1000");
  }

  static String brokers() {
    return Source.stack().settings().kafka().bootstrapServers();
  }

  Capture with(String option, Object value) {
    options.put(option, String.valueOf(value));
    return this;
  }

  Map<String, String> options() {
    return options;
  }

  /** Comes in the route in front of Kafka. */
  Capture beforeKafka(Processor fault) {
    before = fault;
    return this;
  }

  /** Comes in the route once Kafka has everything. */
  Capture afterKafka(Processor fault) {
    after = fault;
    return this;
  }

  /** Creates a table in the schema. */
  Capture table(String table, String columns) {
    Source.run("CREATE TABLE %s.%s (%s)".formatted(name, table, columns));
    return this;
  }

  /** Runs statements in which {@code @.} stands for the schema. */
  void sql(String... statements) {
    for (String statement : statements) {
      Source.run(statement.replace("@.", name + "."));
    }
  }

  Capture start() {
    context = new DefaultCamelContext();
    context.getShutdownStrategy().setTimeout(20);
    try {
      // As camel-main does.
      HealthCheckRegistry.get(context).register(new ConsumersHealthCheckRepository());
      context.addRoutes(new CaptureRoute(name, options, before, after));
      context.start();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return this;
  }

  void stop() {
    if (context != null) {
      context.stop();
      context = null;
    }
  }

  Capture restart() {
    stop();
    return start();
  }

  String topic(String table) {
    return name + "." + name + "." + table;
  }

  /** Everything on a table's topic. */
  List<Entry> log(String table) {
    return Log.read(topic(table));
  }

  /** The values of a column in the rows on a table's topic, each once. */
  Set<Long> ids(String table) {
    return log(table).stream()
        .filter(e -> e.isRow() && e.after() != null && e.after().hasNonNull("id"))
        .map(e -> e.after().get("id").longValue())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  List<CaptureState> states() {
    return Log.read(name + ".positions").stream()
        .map(e -> CaptureState.fromJson(e.value().getBytes(StandardCharsets.UTF_8)))
        .toList();
  }

  CaptureState lastState() {
    List<CaptureState> states = states();
    return states.isEmpty() ? null : states.get(states.size() - 1);
  }

  boolean isStreaming() {
    CaptureState state = lastState();
    return state != null && state.phase() == CaptureState.Phase.STREAMING;
  }

  /**
   * Whether the snapshot of this epoch is complete; of one look, since the epoch may be changing.
   */
  boolean isStreamingIn(int epoch) {
    CaptureState state = lastState();
    return state != null && state.phase() == CaptureState.Phase.STREAMING && state.epoch() == epoch;
  }

  /** Waits until the snapshot is complete. */
  Capture streaming() {
    eventually("a position after the snapshot", this::isStreaming);
    return this;
  }

  long confirmedFlush() {
    return Long.parseLong(
        Source.single(
            "SELECT (confirmed_flush_lsn - '0/0')::bigint FROM pg_replication_slots WHERE slot_name = '%s'"
                .formatted(name)));
  }

  static long currentLsn() {
    return Long.parseLong(Source.single("SELECT (pg_current_wal_lsn() - '0/0')::bigint"));
  }

  boolean isHealthy() {
    return health().getState() == HealthCheck.State.UP;
  }

  /** What the health check says is wrong; the empty text if nothing is. */
  String complaint() {
    HealthCheck.Result result = health();
    return result.getState() == HealthCheck.State.UP ? "" : result.getMessage().orElse("?");
  }

  private HealthCheck.Result health() {
    return HealthCheckRegistry.get(context)
        .getCheck("consumer:" + CaptureRoute.ID)
        .orElseThrow()
        .call();
  }

  static void eventually(String what, Callable<Boolean> condition) {
    await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(condition);
  }

  @Override
  public void close() {
    stop();
    dropSlot();
    Source.run(
        "DROP PUBLICATION IF EXISTS " + name, "DROP SCHEMA IF EXISTS %s CASCADE".formatted(name));
  }

  /** Ends whoever reads the slot. */
  void dropSlot() {
    eventually(
        "slot " + name + " is free",
        () -> {
          Source.query(
              "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '%s' AND active"
                  .formatted(name));
          Source.query(
              "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '%s'"
                  .formatted(name));
          return true;
        });
  }
}
