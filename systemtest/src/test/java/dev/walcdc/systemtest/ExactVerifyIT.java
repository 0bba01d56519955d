package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.cli.Lake;
import dev.walcdc.verify.VerifyReport;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericAppenderFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.deletes.EqualityDeleteWriter;
import org.apache.iceberg.encryption.EncryptedFiles;
import org.apache.iceberg.encryption.EncryptionKeyMetadata;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Exact verify while rows change all the time, some of them without rest. */
@ExtendWith(LogOnFailure.class)
class ExactVerifyIT {

  private static final long SEED = 20_261_123;
  private static final int HOT = 5;

  /** Rows from here on are changed by nobody. */
  private static final int CALM = 20_000;

  private static final int ROWS = 30_000;

  private RunningPipeline running;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<?>> load = new ArrayList<>();

  @BeforeEach
  void start(TestInfo test) throws SQLException {
    running = RunningPipeline.servers("exact_" + test.getTestMethod().orElseThrow().getName());
    running.execute(
        "CREATE TABLE app.items (id int PRIMARY KEY, n bigint, name text, long text)",
        // Values that an update leaves out of the stream.
        "ALTER TABLE app.items ALTER COLUMN long SET STORAGE EXTERNAL",
        "INSERT INTO app.items SELECT i, 0, 'item ' || i, CASE WHEN i %% 10 < 3 THEN repeat('x', 3000) END FROM generate_series(1, %d) i"
            .formatted(ROWS),
        "CREATE TABLE app.events (n int, what text)",
        "INSERT INTO app.events SELECT i % 100, 'event' FROM generate_series(1, 5000) i");
    // Whoever does not ask for it waits for no standby, capture's heartbeat among them.
    running.execute(
        "ALTER DATABASE %s SET synchronous_commit = local"
            .formatted(running.settings().postgres().database()));
    running.startPipeline(Map.of("VERIFY_INTERVAL", "15000"));
    await()
        .atMost(Duration.ofMinutes(4))
        .until(
            () ->
                running
                    .clickHouse("SELECT count() FROM app.items_current")
                    .equals(Integer.toString(ROWS)));
  }

  @AfterEach
  void stop() throws Exception {
    try {
      stopLoad();
    } finally {
      threads.shutdown();
      running.close();
    }
  }

  private void startLoad() {
    System.out.println("Seed " + SEED);
    load.add(threads.submit(() -> change(new Random(SEED), this::hot)));
    load.add(threads.submit(() -> change(new Random(SEED + 1), this::cold)));
    load.add(threads.submit(() -> change(new Random(SEED + 2), this::longTransaction)));
  }

  private void stopLoad() throws Exception {
    stop.set(true);
    for (Future<?> each : load) {
      each.get();
    }
    load.clear();
  }

  @FunctionalInterface
  private interface Step {
    void run(Statement statement, Random random) throws SQLException;
  }

  private Void change(Random random, Step step) throws SQLException {
    try (Connection connection = running.source().open();
        Statement statement = connection.createStatement()) {
      while (!stop.get()) {
        step.run(statement, random);
        // A load that a busy machine can follow: what lags is waited for, and compared no better.
        statement.execute("SELECT pg_sleep(0.005)");
      }
    }
    return null;
  }

  private void hot(Statement statement, Random random) throws SQLException {
    statement.execute(
        "UPDATE app.items SET n = n + 1 WHERE id = %d".formatted(1 + random.nextInt(HOT)));
  }

  private void cold(Statement statement, Random random) throws SQLException {
    int id = HOT + 1 + random.nextInt(CALM - HOT - 1);
    statement.execute(
        switch (random.nextInt(8)) {
          case 0, 1 -> "DELETE FROM app.items WHERE id = " + id;
          case 2, 3 ->
              "INSERT INTO app.items VALUES (%d, 0, 'new', repeat('y', %d)) ON CONFLICT DO NOTHING"
                  .formatted(id, random.nextInt(4_000));
          case 4 -> "INSERT INTO app.events VALUES (%d, 'event'), (1, 'two')".formatted(id % 100);
          case 5 -> "BEGIN; UPDATE app.items SET n = -1 WHERE id = " + id + "; ROLLBACK";
          case 6 ->
              "UPDATE app.items SET n = n + 1 WHERE id BETWEEN %d AND %d"
                  .formatted(id, Math.min(CALM - 1, id + 50));
          default -> "UPDATE app.items SET name = 'changed' WHERE id = " + id;
        });
  }

  /** Nearly always open, so that a moment seldom shows all that began before it. */
  private void longTransaction(Statement statement, Random random) throws SQLException {
    int id = CALM - 1 - random.nextInt(50);
    statement.execute(
        "BEGIN; INSERT INTO app.events VALUES (7, 'slow'); UPDATE app.items SET n = n + 1 WHERE id = %d; SELECT pg_sleep(%d); COMMIT"
            .formatted(id, 1 + random.nextInt(4)));
  }

  @Test
  void agreesAlthoughKeysNeverRestAndNamesExactlyWhatIsWrong() throws Exception {
    startLoad();
    for (int i = 0; i < 3; i++) {
      VerifyReport report = running.verifyExactly();
      assertThat(report.agrees()).as(report.toString()).isTrue();
      assertThat(report.tables())
          .filteredOn(table -> table.rows() > 0)
          .hasSize(2)
          .allSatisfy(table -> assertThat(table.moment().recordsRead()).isPositive());
    }

    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                running
                    .clickHouse(
                        "SELECT 1 FROM walcdc.verify WHERE table_name = 'app.items' AND agrees LIMIT 1")
                    .equals("1"));
    assertThat(running.metrics())
        .contains("walcdc_verify_differing{sink=\"iceberg\",table=\"app.items\"} 0.0");

    corruptClickHouse();
    corruptIceberg();
    Map<String, Map<String, Kind>> found = differences(running.verifyExactly());
    assertThat(found.get("app.items clickhouse"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("25000", Kind.MISSING, "25001", Kind.DIFFERENT, "2000000", Kind.EXTRA));
    assertThat(found.get("app.items iceberg"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("26000", Kind.MISSING, "26001", Kind.REPEATED, "3000000", Kind.EXTRA));
    assertThat(found.get("app.events clickhouse"))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("33 event", Kind.MISSING, "-1 ghost", Kind.EXTRA));
    assertThat(found.get("app.events iceberg"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("-2 ghost", Kind.EXTRA));

    VerifyReport repaired = running.verifyAndResync();
    assertThat(repaired.agrees()).as(repaired.toString()).isTrue();
    assertThat(repaired.resyncs())
        .allSatisfy(done -> assertThat(done.phase()).isEqualTo("DONE"))
        .filteredOn(done -> done.table().equals("app.items"))
        .extracting(VerifyReport.Resync::where)
        .contains("\"id\" = '2000000'", "\"id\" = '3000000'")
        .doesNotContainNull();
    assertThat(repaired.resyncs())
        .filteredOn(done -> done.table().equals("app.events"))
        .extracting(VerifyReport.Resync::where)
        .containsExactly((String) null);
    assertThat(running.verifyExactly().agrees()).isTrue();
  }

  /** It waits for a standby: the stream has brought it, and no snapshot shows it. */
  @Test
  void aCommitThatIsStreamedAndNotVisibleYetIsNoDifference() throws Exception {
    running.execute(
        "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
    load.add(
        threads.submit(
            () -> {
              try (Connection connection = running.source().open();
                  Statement statement = connection.createStatement()) {
                statement.execute("SET synchronous_commit = on");
                return statement.execute("UPDATE app.items SET name = 'unseen' WHERE id = 29999");
              }
            }));
    try {
      await()
          .atMost(Duration.ofMinutes(2))
          .until(
              () ->
                  running
                      .clickHouse("SELECT name FROM app.items_current WHERE id = 29999")
                      .equals("unseen"));
      VerifyReport report = running.verifyExactly();
      assertThat(report.agrees()).as(report.toString()).isTrue();
      assertThat(load.get(0).isDone()).isFalse();
    } finally {
      running.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
    }
  }

  private static Map<String, Map<String, Kind>> differences(VerifyReport report) {
    Map<String, Map<String, Kind>> found = new HashMap<>();
    for (VerifyReport.Table table : report.tables()) {
      for (VerifyReport.Sink sink : table.sinks()) {
        Map<String, Kind> rows = new HashMap<>();
        for (Difference difference : sink.differences()) {
          rows.put(String.join(" ", difference.row().values()), difference.kind());
        }
        assertThat(sink.problem()).isNull();
        found.put(table.table() + " " + sink.sink(), rows);
      }
    }
    return found;
  }

  private void corruptClickHouse() {
    for (String sql :
        new String[] {
          "ALTER TABLE app.items DELETE WHERE id = 25000 SETTINGS mutations_sync = 2",
          "ALTER TABLE app.items UPDATE name = 'damaged' WHERE id = 25001 SETTINGS mutations_sync = 2",
          "INSERT INTO app.items (id, name, _version) VALUES (2000000, 'ghost', 1)",
          "ALTER TABLE app.events DELETE WHERE n = 33 AND _lsn = 0 AND _ordinal < 100 SETTINGS mutations_sync = 2",
          "INSERT INTO app.events (n, what, _version, _ordinal) VALUES (-1, 'ghost', 1, 99)"
        }) {
      assertThat(running.clickHouse(sql)).isEmpty();
    }
  }

  private void corruptIceberg() throws IOException {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      Table items = catalog.loadTable(TableIdentifier.of("app", "items"));
      delete(items, 26_000);
      append(items, Map.of("id", 26_001, "name", "damaged"), Map.of("id", 3_000_000));
      append(
          catalog.loadTable(TableIdentifier.of("app", "events")),
          Map.of("n", -2, "what", "ghost", "_ordinal", 99L));
    }
  }

  @SafeVarargs
  private static void append(Table table, Map<String, Object>... rows) throws IOException {
    OutputFile file = file(table);
    FileAppender<Record> appender =
        new GenericAppenderFactory(table.schema()).newAppender(file, FileFormat.PARQUET);
    try (appender) {
      for (Map<String, Object> values : rows) {
        Record record = GenericRecord.create(table.schema());
        Map.<String, Object>of("_epoch", 1, "_last_commit_lsn", 0L, "_lsn", 0L)
            .forEach(record::setField);
        values.forEach(record::setField);
        appender.add(record);
      }
    }
    DataFile added =
        DataFiles.builder(table.spec())
            .withInputFile(file.toInputFile())
            .withFormat(FileFormat.PARQUET)
            .withMetrics(appender.metrics())
            .build();
    table.newAppend().appendFile(added).commit();
  }

  private static void delete(Table table, int id) throws IOException {
    Schema key = table.schema().select("id");
    GenericAppenderFactory factory =
        new GenericAppenderFactory(
            table.schema(), table.spec(), new int[] {key.findField("id").fieldId()}, key, null);
    EqualityDeleteWriter<Record> writer =
        factory.newEqDeleteWriter(
            EncryptedFiles.encryptedOutput(file(table), EncryptionKeyMetadata.EMPTY),
            FileFormat.PARQUET,
            null);
    Record record = GenericRecord.create(key);
    record.setField("id", id);
    try (writer) {
      writer.write(record);
    }
    DeleteFile deleted = writer.toDeleteFile();
    assertThat(deleted.recordCount()).isEqualTo(1);
    table.newRowDelta().addDeletes(deleted).commit();
  }

  private static OutputFile file(Table table) {
    return table
        .io()
        .newOutputFile(
            table
                .locationProvider()
                .newDataLocation("by-hand-%d.parquet".formatted(System.nanoTime())));
  }
}
