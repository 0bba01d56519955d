package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.cli.Lake;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A table changes so that the sinks have to make it anew, while its rows change and the pipeline is
 * killed: readers see all of it all the time, and in the end all agree.
 */
@ExtendWith(LogOnFailure.class)
class ShadowTableIT {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long SEED = 20_261_125;

  /** Rows that change and never go. */
  private static final int ROWS = 5_000;

  /** What work and readers leave to the pipeline. */
  private static final Duration BREATH = Duration.ofMillis(20);

  private static final TableIdentifier TABLE = TableIdentifier.of("app", "t");
  private static final TableIdentifier SHADOW = TableIdentifier.of("app", "t_walcdc_shadow");

  private static final List<Change> CHANGES =
      List.of(
          new Change(
              "ALTER TABLE app.t ALTER n TYPE text USING 'n' || n",
              "id",
              "String",
              Types.StringType.get()),
          new Change(
              "ALTER TABLE app.t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (code)",
              "code",
              "String",
              Types.StringType.get()),
          new Change(
              "ALTER TABLE app.t RENAME code TO label", "label", "String", Types.StringType.get()),
          new Change(
              "ALTER TABLE app.t ALTER n TYPE int USING 0",
              "label",
              "Int32",
              Types.IntegerType.get()));

  /**
   * What is done, and how one sees that the sinks have followed.
   *
   * @param key what rows are told apart by then
   * @param inClickHouse type of column {@code n}
   * @param inIceberg type of column {@code n}
   */
  private record Change(String sql, String key, String inClickHouse, Type inIceberg) {

    String madeInClickHouse() {
      return "(%s)\tNullable(%s)\t0".formatted(key, inClickHouse);
    }

    String madeInIceberg() {
      return "%s\t%s\t0".formatted(key, inIceberg);
    }
  }

  /** Key, type of column {@code n}, and whether there is a shadow. */
  private static String inClickHouse(RunningPipeline running) {
    return running.clickHouse(
        "SELECT any(sorting_key), any(c.type), (SELECT count() FROM system.tables WHERE name = 't_walcdc_shadow') FROM system.tables t, system.columns c WHERE t.database = 'app' AND t.name = 't' AND c.database = 'app' AND c.table = 't_current' AND c.name = 'n' FORMAT TSV");
  }

  private static String inIceberg(Catalog catalog) {
    Schema schema = catalog.loadTable(TABLE).schema();
    return "%s\t%s\t%d"
        .formatted(
            String.join(",", schema.identifierFieldNames()),
            schema.findType("n"),
            catalog.tableExists(SHADOW) ? 1 : 0);
  }

  private final AtomicBoolean working = new AtomicBoolean(true);
  private final List<String> complaints = new ArrayList<>();

  private Void work(RunningPipeline running) throws SQLException {
    Random random = new Random(SEED);
    int next = ROWS + 10;
    try (Connection connection = running.source().open();
        Statement statement = connection.createStatement()) {
      while (working.get()) {
        statement.execute(
            "UPDATE app.t SET n = '%d' WHERE id = %d"
                .formatted(random.nextInt(1_000), 1 + random.nextInt(ROWS)));
        statement.execute(
            "INSERT INTO app.t VALUES (%d, 'c%d', '1', repeat(md5('%d'), 200))"
                .formatted(next, next, next));
        statement.execute("DELETE FROM app.t WHERE id = %d".formatted(next++ - random.nextInt(3)));
        Fault.pause(BREATH);
      }
    }
    return null;
  }

  private Void readClickHouse(RunningPipeline running) {
    while (working.get()) {
      String rows =
          running.clickHouse(
              "SELECT count(), countIf(n IS NULL) FROM app.t_current WHERE id <= %d FORMAT TSV"
                  .formatted(ROWS));
      if (!rows.equals(ROWS + "\t0")) {
        complain("ClickHouse: " + rows);
      }
      Fault.pause(BREATH);
    }
    return null;
  }

  private Void readIceberg(RunningPipeline running) {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      while (working.get()) {
        long rows = 0;
        Table table = catalog.loadTable(TABLE);
        try (CloseableIterable<Record> records =
            IcebergGenerics.read(table)
                .where(Expressions.lessThanOrEqual("id", ROWS))
                .select("id", "n")
                .build()) {
          for (Record each : records) {
            rows += each.getField("n") == null ? 0 : 1;
          }
        } catch (IOException | RuntimeException e) {
          complain("Iceberg: " + e);
        }
        if (rows != ROWS) {
          complain("Iceberg: " + rows);
        }
        Fault.pause(BREATH);
      }
    }
    return null;
  }

  private synchronized void complain(String what) {
    complaints.add(what);
  }

  @Test
  void readersSeeAllRowsWhileATableIsMadeAnew() throws Exception {
    System.out.println("Seed " + SEED);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (RunningPipeline running = RunningPipeline.servers("shadow");
        JdbcCatalog catalog = Lake.open(running.settings())) {
      running.execute(
          "CREATE TABLE app.t (id int NOT NULL UNIQUE, code text NOT NULL UNIQUE, n int, big text, PRIMARY KEY (id))",
          "ALTER TABLE app.t ALTER big SET STORAGE EXTERNAL",
          "INSERT INTO app.t SELECT i, 'c' || i, 0, CASE WHEN i %% 50 = 0 THEN repeat(md5(i::text), 200) END FROM generate_series(1, %d) i"
              .formatted(ROWS));
      running.startPipeline();
      running.awaitHealthy();
      assertThat(running.verify().agrees()).isTrue();
      Future<Void> workload = threads.submit(() -> work(running));
      List<Future<Void>> readers =
          List.of(
              threads.submit(() -> readClickHouse(running)),
              threads.submit(() -> readIceberg(running)));
      for (Change change : CHANGES) {
        running.execute(change.sql());
        // In the midst of it, wherever that is.
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    running.clickHouse("EXISTS app.t_walcdc_shadow").equals("1")
                        || inClickHouse(running).equals(change.madeInClickHouse()));
        running.killPipeline();
        await(change.sql())
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertThat(inClickHouse(running)).isEqualTo(change.madeInClickHouse());
                  assertThat(inIceberg(catalog)).isEqualTo(change.madeInIceberg());
                });
      }
      working.set(false);
      workload.get();
      for (Future<Void> reader : readers) {
        reader.get();
      }
      assertThat(complaints).isEmpty();
      VerifyReport report = running.verify();
      assertThat(report.agrees()).as(report.toString()).isTrue();
      assertThat(
              running.clickHouse(
                  "SELECT sorting_key FROM system.tables WHERE database = 'app' AND name = 't'"))
          .isEqualTo("(label)");
      assertThat(running.clickHouse("SHOW TABLES FROM app LIKE '%walcdc_shadow'")).isEmpty();
      running.awaitHealthy();
    } finally {
      working.set(false);
      threads.shutdownNow();
    }
  }
}
