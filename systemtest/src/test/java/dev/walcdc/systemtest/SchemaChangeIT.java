package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.verify.VerifyReport;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tables change while their rows do, in the middle of transactions too: both sinks follow without a
 * restart, and no other table waits. The changes are those that need no row to be read again.
 */
@ExtendWith(LogOnFailure.class)
class SchemaChangeIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long SEED = 20_261_124;

  /** Each is one transaction. The workload goes on between them, and waits for their locks. */
  private static final List<String> CHANGES =
      List.of(
          "ALTER TABLE app.t ADD COLUMN note text",
          "INSERT INTO app.t (id, n, note) VALUES (-1, 1, 'one')",
          "ALTER TABLE app.t RENAME note TO remark",
          "UPDATE app.t SET remark = 'two' WHERE id = -1",
          "ALTER TABLE app.t ALTER small TYPE bigint",
          "INSERT INTO app.t (id, n, small) VALUES (-2, 1, 9223372036854775807)",
          "ALTER TABLE app.t ALTER price TYPE numeric(12, 2)",
          "INSERT INTO app.t (id, n, price) VALUES (-3, 1, 9999999999.99)",
          "ALTER TABLE app.t ALTER short TYPE text",
          "INSERT INTO app.t (id, n, short) VALUES (-4, 1, repeat('x', 100))",
          "ALTER TYPE app.mood ADD VALUE 'great'",
          "INSERT INTO app.t (id, n, feels) VALUES (-5, 1, 'great')",
          "ALTER TABLE app.t DROP COLUMN price",
          "ALTER TABLE app.t ADD COLUMN price text",
          "INSERT INTO app.t (id, n, price) VALUES (-6, 1, 'dear')",
          "ALTER TABLE app.t DROP COLUMN price, ADD COLUMN price date",
          "INSERT INTO app.t (id, n, price) VALUES (-7, 1, '2026-11-24')",
          "ALTER TABLE app.t RENAME remark TO passing; ALTER TABLE app.t RENAME short TO remark;"
              + " ALTER TABLE app.t RENAME passing TO short",
          "INSERT INTO app.t (id, n, short, remark) VALUES (-8, 1, 'was remark', 'was short')",
          "ALTER TABLE app.t ALTER needed DROP NOT NULL",
          "INSERT INTO app.t (id, n, needed) VALUES (-9, 1, NULL)",
          "INSERT INTO app.t (id, n) VALUES (-10, 1); ALTER TABLE app.t ADD COLUMN mid int;"
              + " INSERT INTO app.t (id, n, mid) VALUES (-11, 1, 1);"
              + " ALTER TABLE app.t RENAME mid TO middle;"
              + " INSERT INTO app.t (id, n, middle) VALUES (-12, 1, 2);"
              + " ALTER TABLE app.t DROP COLUMN small;"
              + " UPDATE app.t SET middle = 3 WHERE id = -10",
          "ALTER TABLE app.t DROP COLUMN feels");

  private final AtomicBoolean working = new AtomicBoolean(true);
  private final AtomicInteger beats = new AtomicInteger();
  private final ExecutorService workers = Executors.newFixedThreadPool(2);
  private RunningPipeline running;

  @BeforeEach
  void start(TestInfo test) throws SQLException {
    running = RunningPipeline.servers(test.getTestMethod().orElseThrow().getName());
    running.execute(
        "CREATE TYPE app.mood AS ENUM ('sad', 'ok')",
        """
        CREATE TABLE app.t (id int PRIMARY KEY, n int NOT NULL, small int, price numeric(8, 2),
          short varchar(10), feels app.mood, needed text NOT NULL DEFAULT 'x')
        """,
        "CREATE TABLE app.other (id int PRIMARY KEY, beat int)",
        "INSERT INTO app.t (id, n, small, price, short, feels) SELECT i, 0, i, i / 8.0, 's' || i, 'ok' FROM generate_series(1, 500) i",
        "INSERT INTO app.other VALUES (1, 0)");
    running.startPipeline();
    running.awaitHealthy();
  }

  @AfterEach
  void stop() {
    working.set(false);
    workers.shutdownNow();
    running.close();
  }

  /** Rows come, change and go, by those columns alone that stay. */
  private Void work() throws SQLException {
    Random random = new Random(SEED);
    int next = 1_000;
    while (working.get()) {
      int id = 1 + random.nextInt(500);
      running.execute(
          "INSERT INTO app.t (id, n) VALUES (%d, 0)".formatted(next++),
          "BEGIN; UPDATE app.t SET n = n + 1 WHERE id = %d; UPDATE app.t SET n = n + 1 WHERE id = %d; COMMIT"
              .formatted(id, next - 1),
          "DELETE FROM app.t WHERE id = %d".formatted(next - 1 - random.nextInt(5)));
    }
    return null;
  }

  private Void beat() throws SQLException {
    while (working.get()) {
      running.execute("UPDATE app.other SET beat = beat + 1");
      beats.incrementAndGet();
    }
    return null;
  }

  /** A row of the other table that was written after this was called arrives. */
  private void awaitOtherTable() {
    int beat = beats.get() + 1;
    await()
        .atMost(PATIENCE)
        .ignoreException(NumberFormatException.class) // There is no such table yet.
        .untilAsserted(
            () ->
                assertThat(
                        Integer.parseInt(
                            running.clickHouse("SELECT max(beat) FROM app.other_current")))
                    .isGreaterThanOrEqualTo(beat));
  }

  @Test
  void everyChangeArrivesWhileRowsFlow() throws Exception {
    Future<Void> workload = workers.submit(this::work);
    Future<Void> other = workers.submit(this::beat);
    for (String change : CHANGES) {
      try (Connection connection = running.source().open();
          Statement statement = connection.createStatement()) {
        statement.execute(change);
      }
      awaitOtherTable();
    }
    running.execute(
        "CREATE TABLE app.made (id int PRIMARY KEY, a text)",
        "INSERT INTO app.made VALUES (1, 'a'), (2, 'b')",
        "CREATE TABLE app.passing (id int PRIMARY KEY)",
        "INSERT INTO app.passing VALUES (1)",
        "DROP TABLE app.passing",
        "ALTER TABLE app.made RENAME TO renamed",
        "ALTER TABLE app.renamed RENAME id TO key",
        "UPDATE app.renamed SET a = a || '!'");
    awaitOtherTable();
    working.set(false);
    workload.get();
    other.get();
    VerifyReport report = running.verify();
    assertThat(report.agrees()).as(report.toString()).isTrue();
    assertThat(report.tables())
        .extracting(VerifyReport.Table::table)
        .contains("app.t", "app.other", "app.renamed")
        .doesNotContain("app.made", "app.passing");
    assertThat(
            running.clickHouse("SELECT short, remark FROM app.t_current WHERE id = -8 FORMAT TSV"))
        .isEqualTo("was remark\twas short");
    running.awaitHealthy();
  }
}
