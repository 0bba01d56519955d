package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.walcdc.demo.Shop;
import dev.walcdc.local.Server;
import dev.walcdc.systemtest.DbtProject.Target;
import dev.walcdc.verify.VerifyReport;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The dbt project over live data, on both targets: it is built while the demo shop sells, and after
 * random changes each mart has the rows that PostgreSQL says.
 */
@ExtendWith(LogOnFailure.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DbtIT {

  private static final long SEED = 16;
  private static final int TRANSACTIONS = 300;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static RunningPipeline running;
  private static Shop shop;
  private static DbtProject dbt;

  @BeforeAll
  static void start() throws SQLException {
    running = RunningPipeline.servers("dbt");
    dbt = new DbtProject(running);
    shop = Shop.open(running.source());
    running.startPipeline();
    running.awaitHealthy();
    shop.startWorkload();
    running.stack().start(Server.TRINO);
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(
            () -> dbt.ask("dbt-test", "SELECT 1 FROM iceberg.app.order_items LIMIT 1").size() == 1);
  }

  @AfterAll
  static void stop() {
    shop.close();
    running.close();
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  @Order(1)
  void itIsBuiltWhileRowsFlow(Target target) throws Exception {
    dbt.run(target, "build");
    Map<String, Long> statuses = dbt.statuses(target, "run_results.json");
    assertThat(statuses.keySet()).as(statuses.toString()).containsOnly("success", "pass", "no-op");
    assertThat(statuses.get("pass")).as("tests").isGreaterThanOrEqualTo(30);
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  @Order(2)
  void sourcesAreFresh(Target target) throws Exception {
    dbt.run(target, "source", "freshness");
    assertThat(dbt.statuses(target, "sources.json")).isEqualTo(Map.of("pass", 4L));
  }

  @Test
  @Order(3)
  void martsAreTheTruthAfterRandomChanges() throws Exception {
    shop.close();
    ShopHistory history = new ShopHistory(running.source(), SEED);
    history.run(TRANSACTIONS);
    assertMartsAreTheTruth("build");
    for (Target target : Target.values()) {
      assertHistoryEndsInThePresent(target);
    }
    // The second time all rows of one table go, and some come back.
    running.execute(
        "CREATE TEMPORARY TABLE kept AS SELECT * FROM app.order_items WHERE order_id % 3 = 0",
        "TRUNCATE app.order_items",
        "INSERT INTO app.order_items SELECT * FROM kept WHERE line < 3");
    history.run(TRANSACTIONS);
    assertMartsAreTheTruth("run");
  }

  private static void assertMartsAreTheTruth(String command) throws Exception {
    VerifyReport report = running.verify("app\\.(users|products|orders|order_items)");
    assertThat(report.agrees()).as(report.toString()).isTrue();
    for (Target target : Target.values()) {
      dbt.run(target, command);
      for (String mart : DbtProject.marts()) {
        dbt.assertIsTruth(target, mart);
      }
    }
  }

  private static void assertHistoryEndsInThePresent(Target target) throws SQLException {
    String present = "SELECT CAST(product_id AS varchar), name, CAST(price AS varchar) FROM %s";
    String history = target.table("product_history");
    assertThat(dbt.ask("dbt-test", present.formatted(history) + " WHERE dbt_valid_to IS NULL"))
        .containsExactlyInAnyOrderElementsOf(
            dbt.ask("dbt-test", present.formatted(target.table("dim_products"))));
    assertThat(dbt.ask("dbt-test", present.formatted(history) + " WHERE dbt_valid_to IS NOT NULL"))
        .as("former states")
        .isNotEmpty();
  }

  /** A row that was changed behind dbt's back stays so: runs leave alone what has its version. */
  @ParameterizedTest
  @EnumSource(Target.class)
  @Order(4)
  void onlyChangesAreWritten(Target target) throws Exception {
    String one = "SELECT min(user_id) FROM " + target.table("users_cur");
    String id = dbt.ask("dbt-test", one).get(0).replaceAll("\\D", "");
    spoil(target, id);
    dbt.run(target, "run", "--select", "users_cur");
    String name = "SELECT name FROM %s WHERE user_id = %s".formatted(target.table("users_cur"), id);
    assertThat(dbt.ask("dbt-test", name)).containsExactly("[spoiled]");
    dbt.run(target, "run", "--select", "users_cur", "--full-refresh");
    dbt.assertIsTruth(target, "users_cur");
  }

  private static void spoil(Target target, String id) throws SQLException {
    if (target == Target.TRINO) {
      dbt.ask("dbt", "UPDATE iceberg.marts.users_cur SET name = 'spoiled' WHERE user_id = " + id);
    } else {
      assertThat(
              running.clickHouse(
                  "ALTER TABLE marts.users_cur UPDATE name = 'spoiled' WHERE user_id = %s SETTINGS mutations_sync = 2"
                      .formatted(id)))
          .isEmpty();
    }
  }

  @Test
  @Order(5)
  void readersOfClickHouseNeverMissARow() throws Exception {
    running.execute("UPDATE app.users SET email = 'all' || id || '@example.com'");
    assertThat(running.verify("app\\.users").agrees()).isTrue();
    String expected = running.clickHouse("SELECT count() FROM marts.users_cur");
    Set<String> seen = new HashSet<>();
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Void> reader =
        CompletableFuture.runAsync(
            () -> {
              while (!done.get()) {
                seen.add(running.clickHouse("SELECT count() FROM marts.users_cur"));
              }
            });
    try {
      dbt.run(Target.CLICKHOUSE, "run", "--select", "users_cur");
    } finally {
      done.set(true);
      reader.join();
    }
    assertThat(seen).containsExactly(expected);
    dbt.assertIsTruth(Target.CLICKHOUSE, "users_cur");
  }

  /** The sinks' tables are the sinks', for dbt as well; the marts are dbt's alone. */
  @Test
  @Order(6)
  void trinoLetsDbtWriteInItsSchemaAlone() {
    for (String user : List.of("dbt", "somebody")) {
      for (String refused :
          List.of(
              "DELETE FROM iceberg.app.orders",
              "UPDATE iceberg.app.users SET name = 'x'",
              "INSERT INTO iceberg.app.users SELECT * FROM iceberg.app.users",
              "DROP TABLE iceberg.app.users",
              "CREATE TABLE iceberg.app.mine (id bigint)",
              "CREATE VIEW iceberg.app.mine AS SELECT 1 AS one",
              "CREATE SCHEMA iceberg.mine",
              "INSERT INTO postgres.app.users (name, email) VALUES ('x', 'y')",
              "DELETE FROM clickhouse.app.orders",
              "CREATE TABLE clickhouse.marts.mine (id bigint)",
              "SELECT * FROM TABLE(clickhouse.system.query(query => 'SELECT 1'))")) {
        assertDenied(user, refused);
      }
      // Rules do not know procedures of tables; a row filter, which keeps all rows, shuts them out.
      for (String procedure :
          List.of(
              "optimize",
              "expire_snapshots(retention_threshold => '7d')",
              "remove_orphan_files(retention_threshold => '7d')",
              "drop_extended_stats")) {
        assertRefused(
            user,
            "ALTER TABLE iceberg.app.users EXECUTE " + procedure,
            "not supported for table with row filter");
      }
    }
    for (String refused :
        List.of(
            "DELETE FROM iceberg.marts.users_cur",
            "CREATE TABLE iceberg.marts.mine (id bigint)",
            "CREATE OR REPLACE VIEW iceberg.marts.stg_users AS SELECT 1 AS one",
            "DROP TABLE iceberg.marts.users_cur")) {
      assertDenied("somebody", refused);
    }
    assertRefused(
        "somebody",
        "ALTER TABLE iceberg.marts.users_cur EXECUTE optimize",
        "not supported for table with row filter");
  }

  private static void assertDenied(String user, String sql) {
    assertRefused(user, sql, "Access Denied");
  }

  private static void assertRefused(String user, String sql, String reason) {
    assertThat(catchThrowable(() -> dbt.ask(user, sql)))
        .as("%s: %s", user, sql)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining(reason);
  }
}
