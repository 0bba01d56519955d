package dev.walcdc.systemtest;

import static dev.walcdc.systemtest.SplitPipeline.CAPTURE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.local.Server;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** What can happen to a PostgreSQL server and to the slot in it. */
class SourceFaultIT {

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final long SEED = 20_261_128;
  private static final int COPIED = 100_000;

  private static RunningPipeline servers;
  private static SplitPipeline pipeline;
  private static SourceData data;
  private static Bank bank;
  private static int test;

  @BeforeAll
  static void start() throws SQLException {
    servers = RunningPipeline.servers("source-faults");
    data = new SourceData(servers);
    bank = Bank.found(servers.source());
    pipeline = new SplitPipeline(servers, Map.of()).startAll();
    pipeline.awaitHealthy();
    bank.open(2, SEED, Duration.ofMillis(30));
  }

  @AfterAll
  static void stop() throws Exception {
    bank.close();
    pipeline.close();
    data.close();
    servers.close();
  }

  /** A table of the test's own, with rows that must not survive their deletion. */
  @BeforeEach
  void table() throws SQLException {
    test++;
    servers.execute(
        "CREATE TABLE app.fault_%d (id int PRIMARY KEY, note text)".formatted(test),
        "INSERT INTO app.fault_%d SELECT i, 'before' FROM generate_series(1, 1000) i"
            .formatted(test));
    data.awaitConfirmed();
  }

  @Test
  void restartedInOrder() {
    servers.stack().stop(Server.POSTGRES);
    servers.stack().start(Server.POSTGRES);
    assertAgreement();
  }

  @Test
  void shutDownAtOnce() {
    for (int i = 0; i < 3; i++) {
      servers.stack().kill(Server.POSTGRES);
      servers.stack().start(Server.POSTGRES);
      bank.awaitTransactions(20);
    }
    assertAgreement();
  }

  @Test
  void aReplicaIsPromoted() throws Exception {
    data.replicaTakesOver(() -> bank.awaitTransactions(50));
    deleteSome();
    bank.awaitTransactions(50);
    assertAgreement();
    assertThat(pipeline.said(CAPTURE, "begins with a snapshot of all tables")).isNotEmpty();
  }

  @Test
  void restoredToAnEarlierPoint() throws Exception {
    data.remember();
    servers.execute(
        "INSERT INTO app.fault_%d SELECT i, 'forgotten' FROM generate_series(1001, 3000) i"
            .formatted(test),
        "UPDATE app.fault_%d SET note = 'forgotten' WHERE id < 100".formatted(test));
    // So much WAL that the restored source cannot have written as much when capture looks at it.
    for (int i = 0; i < 4; i++) {
      servers.execute("SELECT pg_switch_wal()", "SELECT txid_current()");
    }
    bank.awaitTransactions(100);
    data.awaitConfirmed();
    data.restore();
    deleteSome();
    bank.awaitTransactions(30);
    assertAgreement();
    assertThat(pipeline.said(CAPTURE, "begins with a snapshot of all tables"))
        .anyMatch(line -> line.contains("it was restored to an earlier point"));
  }

  @Test
  void theSlotIsDropped() throws Exception {
    whileCaptureIsAway(
        () -> {
          awaitNoReader();
          servers.execute("SELECT pg_drop_replication_slot('walcdc')");
          deleteSome();
        });
    assertAgreement();
  }

  @Test
  void theSlotHoldsMoreThanItMay() throws Exception {
    whileCaptureIsAway(
        () -> {
          awaitNoReader();
          servers.execute(
              "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'", "SELECT pg_reload_conf()");
          await()
              .atMost(PATIENCE)
              .until(
                  () -> {
                    servers.execute(
                        "INSERT INTO app.fault_%d SELECT i, repeat(md5(i::text), 20) FROM generate_series(10001, 20000) i"
                            .formatted(test),
                        "DELETE FROM app.fault_%d WHERE id > 10000".formatted(test),
                        "SELECT pg_switch_wal()",
                        "CHECKPOINT");
                    return data.slotIsLost();
                  });
          deleteSome();
          servers.execute("ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()");
        });
    assertAgreement();
  }

  /** A COPY of many rows, short transactions before its COMMIT, and capture dies in its middle. */
  @Test
  void captureDiesWithinALongCopy() throws Exception {
    servers.execute("CREATE TABLE app.copied_%d (id int PRIMARY KEY, note text)".formatted(test));
    try (Connection slow = servers.source().open()) {
      slow.setAutoCommit(false);
      copy(slow, 1, COPIED / 2);
      bank.awaitTransactions(20);
      copy(slow, COPIED / 2 + 1, COPIED);
      bank.awaitTransactions(20);
      slow.commit();
    }
    long last = 0;
    for (int kill = 0; kill < 4; kill++) {
      long enough = Math.min(COPIED - 1, last + 5_000L * (kill + 1));
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> servers.logEnd("dbserver1.app.copied_" + test) > enough);
      last = servers.logEnd("dbserver1.app.copied_" + test);
      System.out.printf("Capture is killed at record %d%n", last);
      pipeline.killAndAwaitSuccessor(CAPTURE);
    }
    assertAgreement();
  }

  private static void copy(Connection connection, int from, int to)
      throws SQLException, IOException {
    String lines =
        IntStream.rangeClosed(from, to)
            .mapToObj(i -> i + "\tnote " + i + "\n")
            .collect(Collectors.joining());
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("COPY app.copied_%d FROM STDIN".formatted(test), new StringReader(lines));
  }

  /** Something that may fail in any way. */
  private interface Action {
    void run() throws Exception;
  }

  private static void whileCaptureIsAway(Action action) throws Exception {
    pipeline.kill(CAPTURE);
    pipeline.stop(CAPTURE);
    action.run();
    bank.awaitTransactions(20);
    pipeline.start(CAPTURE, Map.of());
  }

  /** The server learns late that a reader was killed. */
  private static void awaitNoReader() {
    await().atMost(PATIENCE).until(() -> !data.slotIsRead());
  }

  private static void deleteSome() throws SQLException {
    try (Connection connection = servers.source().open();
        Statement statement = connection.createStatement()) {
      assertThat(
              statement.executeUpdate("DELETE FROM app.fault_%d WHERE id %% 3 = 0".formatted(test)))
          .isPositive();
    }
  }

  private static void assertAgreement() {
    VerifyReport report = bank.closedMeanwhile(servers::verify);
    assertThat(report.agrees()).as(report.toString()).isTrue();
    pipeline.awaitHealthy();
  }
}
