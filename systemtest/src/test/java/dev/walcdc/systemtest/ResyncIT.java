package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.capture.resync.ResyncJob;
import dev.walcdc.capture.resync.ResyncRequest;
import dev.walcdc.capture.resync.Signal;
import dev.walcdc.capture.resync.SignalTable;
import dev.walcdc.capture.state.StateLog;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.cli.Lake;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericAppenderFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** A sink that holds something else than the source is put right, while changes go on. */
@ExtendWith(LogOnFailure.class)
class ResyncIT {

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int ROWS = 40_000;
  private RunningPipeline running;

  @BeforeEach
  void start(TestInfo test) throws SQLException {
    running = RunningPipeline.servers("resync_" + test.getTestMethod().orElseThrow().getName());
    running.execute(
        "CREATE TABLE app.items (id bigint PRIMARY KEY, name text)",
        "INSERT INTO app.items SELECT i, 'item ' || i FROM generate_series(1, %d) i"
            .formatted(ROWS));
  }

  @AfterEach
  void stop() {
    running.close();
  }

  @Test
  void whatWasDamagedInBothSinksIsRepairedUnderLoadAndAKill() throws Exception {
    running.startPipeline();
    awaitRows(ROWS);
    damageClickHouse();
    await().atMost(PATIENCE).until(() -> icebergRows() == ROWS);
    damageIceberg();
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> load = thread.submit(() -> workload(stop));
      new SignalTable(running.source(), "walcdc.signal")
          .send(
              new Signal(
                  "repair",
                  Signal.RESYNC,
                  new ResyncRequest("app", "items", null, "a test").toJson()));
      await().atMost(PATIENCE).until(() -> job().filter(j -> j.rows() > 4_096).isPresent());
      running.killPipeline();
      await().atMost(PATIENCE).until(() -> job().filter(ResyncJob::isEnded).isPresent());
      assertThat(job().orElseThrow().phase()).isEqualTo(ResyncJob.Phase.DONE);
      stop.set(true);
      load.get();
    } finally {
      stop.set(true);
      thread.shutdown();
    }
    assertAgreement();
  }

  /** Nobody watches while rows go: the snapshot of the next epoch does not find them. */
  @Test
  void rowsThatWentWhileTheSlotWasLostOrASnapshotWasKilledLeaveNoGhosts() throws Exception {
    running.startPipeline();
    awaitRows(ROWS);
    running.stopPipeline();
    running.execute(
        "SELECT pg_drop_replication_slot('walcdc')",
        "DELETE FROM app.items WHERE id % 5 = 0",
        "INSERT INTO app.items VALUES (1000000, 'unseen')");
    running.startPipeline();
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                states().last("postgres-appdb-connector").filter(s -> s.epoch() == 2).isPresent());
    // In the midst of its snapshot, or nearly so.
    running.killPipeline();
    running.execute("DELETE FROM app.items WHERE id % 7 = 0");
    assertAgreement();
  }

  private Void workload(AtomicBoolean stop) throws SQLException {
    Random random = new Random(20_261_123);
    try (Connection connection = running.source().open();
        Statement statement = connection.createStatement()) {
      while (!stop.get()) {
        int id = random.nextInt(ROWS + 5_000);
        statement.execute(
            switch (random.nextInt(4)) {
              case 0 -> "DELETE FROM app.items WHERE id = " + id;
              case 1 ->
                  "INSERT INTO app.items VALUES (%d, 'new') ON CONFLICT DO NOTHING".formatted(id);
              default -> "UPDATE app.items SET name = 'changed' WHERE id = " + id;
            });
      }
    }
    return null;
  }

  private void damageClickHouse() {
    for (String sql :
        new String[] {
          "ALTER TABLE app.items DELETE WHERE id % 97 = 0 SETTINGS mutations_sync = 2",
          "ALTER TABLE app.items UPDATE name = 'damaged' WHERE id % 89 = 0 SETTINGS mutations_sync = 2",
          "INSERT INTO app.items (id, name, _version) SELECT 2000000 + number, 'ghost', 1 FROM numbers(100)"
        }) {
      assertThat(running.clickHouse(sql)).isEmpty();
    }
  }

  /** A file of rows goes, some rows are there twice with other values, some never were. */
  private void damageIceberg() throws IOException {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      Table table = catalog.loadTable(TableIdentifier.of("app", "items"));
      try (CloseableIterable<FileScanTask> files = table.newScan().planFiles()) {
        table.newDelete().deleteFile(files.iterator().next().file()).commit();
      }
      OutputFile file =
          table.io().newOutputFile(table.locationProvider().newDataLocation("by-hand.parquet"));
      FileAppender<Record> appender =
          new GenericAppenderFactory(table.schema()).newAppender(file, FileFormat.PARQUET);
      try (appender) {
        for (long id = 1; id <= ROWS; id += 83) {
          appender.add(record(table, id, "damaged"));
          appender.add(record(table, 3_000_000 + id, "ghost"));
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
  }

  private static Record record(Table table, long id, String name) {
    Record record = GenericRecord.create(table.schema());
    record.setField("id", id);
    record.setField("name", name);
    record.setField("_epoch", 1);
    record.setField("_last_commit_lsn", 0L);
    record.setField("_lsn", 0L);
    return record;
  }

  private long icebergRows() {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      TableIdentifier name = TableIdentifier.of("app", "items");
      if (!catalog.tableExists(name)) {
        return 0;
      }
      Table table = catalog.loadTable(name);
      return table.currentSnapshot() == null
          ? 0
          : Long.parseLong(table.currentSnapshot().summary().getOrDefault("total-records", "0"));
    }
  }

  private void awaitRows(int rows) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                running
                    .clickHouse("SELECT count() FROM app.items_current")
                    .equals(Integer.toString(rows)));
  }

  private StateLog states() {
    return new StateLog(
        KafkaConnection.plaintext(running.settings().kafka().bootstrapServers()),
        "dbserver1.positions");
  }

  private Optional<ResyncJob> job() {
    return states().last("postgres-appdb-connector").flatMap(state -> state.resync("repair"));
  }

  private void assertAgreement() {
    VerifyReport report = running.verify();
    assertThat(report.agrees()).as(report.toString()).isTrue();
  }
}
