package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.cli.Lake;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The Flink SQL jobs bring what the pipeline's own sink brings, over kills; and what they cannot do
 * they refuse, with a way out that works.
 */
@ExtendWith(LogOnFailure.class)
@Timeout(900)
class FlinkSqlIT {

  private static final String NAMESPACE = "flink_app";
  private static final String SHOP = "app\\.(users|products|orders|order_items)";
  private static final List<String> TABLES = List.of("users", "products", "orders", "order_items");
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final long SEED = 20_261_124;
  private static final int KILLS = 3;

  private RunningPipeline running;
  private FlinkJobs flink;

  @BeforeEach
  void start(TestInfo test) throws SQLException, IOException {
    running = RunningPipeline.servers(test.getTestMethod().orElseThrow().getName());
    try (InputStream shop = FlinkSqlIT.class.getResourceAsStream("/shop.sql")) {
      running.execute(new String(shop.readAllBytes(), StandardCharsets.UTF_8));
    }
    running.startPipeline();
    running.awaitHealthy();
    flink = new FlinkJobs(running);
  }

  @AfterEach
  void stop() {
    flink.close();
    running.close();
  }

  @Test
  void theJobsAreKilledAgainAndAgain() throws Exception {
    System.out.println("Seed " + SEED);
    Random random = new Random(SEED);
    // Long and incompressible: later updates leave it out.
    running.execute(
        "INSERT INTO app.users (name, email) SELECT 'n' || i, i || '@example.com' FROM"
            + " generate_series(1, 200) i",
        "UPDATE app.products SET description = (SELECT string_agg(md5(id::text || i), '') FROM"
            + " generate_series(1, 300) i)");
    flink.start();
    for (int kill = 0; kill < KILLS; kill++) {
      work(random);
      long before = commits("users");
      await().atMost(PATIENCE).until(() -> commits("users") > before);
      work(random);
      flink.kill();
    }
    work(random);

    VerifyReport report = running.verifyLake(NAMESPACE, SHOP);
    assertThat(report.agrees()).as(report + "\n" + flink.log()).isTrue();
    assertThat(report.tables()).hasSize(TABLES.size());
    assertThat(flink.said("goes on from checkpoint")).isGreaterThanOrEqualTo(KILLS);
    assertThat(running.verify(SHOP).agrees()).isTrue();
    for (String table : TABLES) {
      assertThat(columns(NAMESPACE, table)).isEqualTo(columns("app", table));
      // Whole rows, with the version of the change that made each.
      assertThat(rows(NAMESPACE, table)).isNotEmpty().isEqualTo(rows("app", table));
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(flink.ask("lag")).containsPattern("app\\.users +0 +[1-9]\\d* +\\d+"));
    assertThat(flink.log())
        .doesNotContain(running.settings().catalog().password())
        .doesNotContain(running.settings().s3().secretKey());
  }

  /** Every kind of change, in transactions that touch a key more than once. */
  private void work(Random random) throws SQLException {
    for (int i = 0; i < 20; i++) {
      int id = 1 + random.nextInt(200);
      running.execute(
          "INSERT INTO app.orders (user_id, status, total) SELECT i, 'new', i * 1.25 FROM"
              + " generate_series(1, 10) i",
          "INSERT INTO app.order_items SELECT max(id), %d, 1, 1, 9.99 FROM app.orders".formatted(i),
          "UPDATE app.orders SET status = 'paid', shipped_on = date '2026-11-24' WHERE id %% 3 = %d"
              .formatted(random.nextInt(3)),
          "UPDATE app.products SET stock = stock - 1, price = price + 0.01 WHERE id = %d"
              .formatted(1 + random.nextInt(10)),
          "DELETE FROM app.orders WHERE id %% 7 = %d AND id < 60".formatted(random.nextInt(7)),
          "BEGIN; UPDATE app.users SET name = 'once' WHERE id = %1$d; UPDATE app.users SET name = 'twice %2$d' WHERE id = %1$d; COMMIT"
              .formatted(id, i),
          "DELETE FROM app.users WHERE id = %d".formatted(1 + random.nextInt(200)),
          "INSERT INTO app.users (id, name, email) VALUES (%d, 'again', 'a@example.com') ON CONFLICT DO NOTHING"
              .formatted(1 + random.nextInt(200)));
    }
  }

  @Test
  void whatTheyCannotDoIsRefusedWithAWayOut() throws Exception {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      catalog.createNamespace(TableIdentifier.of(NAMESPACE, "users").namespace());
      catalog
          .buildTable(
              TableIdentifier.of(NAMESPACE, "users"),
              new Schema(Types.NestedField.required(1, "id", Types.LongType.get())))
          .withProperty("walcdc.writer", "sink-iceberg")
          .create();
    }
    running.execute(
        "INSERT INTO app.users (name, email) VALUES ('n', 'n@example.com')",
        "INSERT INTO app.orders (user_id, status, total) VALUES (1, 'new', 1)");
    flink.start();
    flink.awaitSaid(
        "app.users is not started: Table flink_app.users is written by sink-iceberg, not by"
            + " flink-sql");
    awaitRows("orders", 1);

    // An erasure on a running job ends that table's job only.
    running.execute(
        "TRUNCATE app.orders",
        "INSERT INTO app.orders (user_id, status, total) VALUES (2, 'new', 2), (3, 'new', 3)");
    flink.awaitSaid("app.orders has stopped: Record at offset");
    assertThat(flink.log()).contains("flink-sql rebuild app.orders");
    running.execute("UPDATE app.products SET stock = 7 WHERE id = 1");
    awaitRows("products", 10);
    assertThat(flink.ask("rebuild", "app.orders")).contains("begins with the log");
    awaitRows("orders", 2);

    // A job without its state would not know what it wrote.
    flink.stop();
    flink.loseCheckpoints();
    flink.start();
    flink.awaitSaid("app.orders is not started: Table flink_app.orders holds commits, but");
    assertThat(flink.ask("rebuild", "app.orders")).contains("begins with the log");
    awaitRows("orders", 2);
  }

  private void awaitRows(String table, int count) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(NoSuchTableException.class)
        .untilAsserted(() -> assertThat(rows(NAMESPACE, table)).as(flink.log()).hasSize(count));
  }

  private long commits(String table) {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      Table found = catalog.loadTable(TableIdentifier.of(NAMESPACE, table));
      return found.currentSnapshot() == null ? 0 : found.currentSnapshot().sequenceNumber();
    } catch (NoSuchTableException e) {
      return 0;
    }
  }

  private SortedMap<String, String> columns(String namespace, String table) {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      SortedMap<String, String> columns = new TreeMap<>();
      Schema schema = catalog.loadTable(TableIdentifier.of(namespace, table)).schema();
      schema.columns().forEach(column -> columns.put(column.name(), column.type().toString()));
      columns.put("identity", schema.identifierFieldNames().toString());
      return columns;
    }
  }

  private List<Map<String, Object>> rows(String namespace, String table) throws IOException {
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      Table loaded = catalog.loadTable(TableIdentifier.of(namespace, table));
      List<Map<String, Object>> rows = new ArrayList<>();
      try (CloseableIterable<Record> records = IcebergGenerics.read(loaded).build()) {
        for (Record record : records) {
          Map<String, Object> row = new TreeMap<>();
          // The table's, for the reader may add where a row lies.
          for (Types.NestedField field : loaded.schema().columns()) {
            row.put(field.name(), String.valueOf(record.getField(field.name())));
          }
          rows.add(row);
        }
      }
      rows.sort((a, b) -> a.toString().compareTo(b.toString()));
      return rows;
    }
  }
}
