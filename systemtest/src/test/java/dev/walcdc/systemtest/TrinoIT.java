package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.demo.Shop;
import dev.walcdc.local.Repository;
import dev.walcdc.local.Server;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The queries of {@code trino/queries}, asked by {@code wal-cdc sql} while the demo shop sells, and
 * again when it is closed: then PostgreSQL alone knows the answers as well.
 */
@ExtendWith(LogOnFailure.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TrinoIT {

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Path ROOT = Repository.root(Path.of("").toAbsolutePath()).orElseThrow();
  private static final Path QUERIES = ROOT.resolve("trino/queries");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static RunningPipeline running;
  private static Shop shop;

  private record Answer(int code, String out, String err) {

    List<JsonNode> rows() throws IOException {
      assertThat(code).as(err).isZero();
      List<JsonNode> rows = new ArrayList<>();
      for (String line : out.lines().toList()) {
        rows.add(JSON.readTree(line));
      }
      return rows;
    }
  }

  @BeforeAll
  static void start() throws SQLException {
    running = RunningPipeline.servers("trino");
    shop = Shop.open(running.source());
    running.startPipeline();
    running.awaitHealthy();
    shop.startWorkload();
  }

  @AfterAll
  static void stop() {
    shop.close();
    running.close();
  }

  @Test
  @Order(1)
  void withoutTrinoItSaysHowToStartIt() throws Exception {
    Answer answer = sql("SELECT 1");
    assertThat(answer.code()).isEqualTo(2);
    assertThat(answer.err()).contains("start it with `wal-cdc up --with trino`");
    running.stack().start(Server.TRINO);
  }

  @Test
  @Order(2)
  void everyQueryHasAnAnswerWhileRowsFlow() throws Exception {
    TreeSet<String> asked = new TreeSet<>();
    try (Stream<Path> files = Files.list(QUERIES)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        // A table without a snapshot that old is an error of Trino's, so the first ones wait.
        await(name)
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  Answer answer = ask(name);
                  assertThat(answer.code()).as(answer.err()).isZero();
                  assertThat(answer.out()).as(name).isNotBlank();
                });
        asked.add(name);
      }
    }
    assertThat(asked).hasSizeGreaterThanOrEqualTo(7);
  }

  /** The sum of lines is the total at every COMMIT, so it is at any one position. */
  @Test
  @Order(3)
  void bothSinksAgreeUpToOnePositionWhileRowsFlow() {
    for (int i = 0; i < 3; i++) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                JsonNode row = ask("one-position.sql").rows().get(0);
                assertThat(row.get("differing").asLong()).as(row.toString()).isZero();
                assertThat(row.get("orders").asLong()).as(row.toString()).isPositive();
                assertThat(row.get("total_in_clickhouse")).isEqualTo(row.get("lines_in_iceberg"));
              });
    }
  }

  @Test
  @Order(4)
  void answersAreThoseOfPostgresWhenTheShopIsClosed() throws Exception {
    shop.close();
    VerifyReport report = running.verify();
    assertThat(report.agrees()).as(report.toString()).isTrue();

    for (String name : List.of("stock-and-sales.sql", "customers.sql", "as-of-version.sql")) {
      assertThat(texts(ask(name))).as(name).isNotEmpty().isEqualTo(truth(name));
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(texts(ask("half-a-minute-ago.sql")))
                    .isEqualTo(truth("half-a-minute-ago.sql")));
    JsonNode position = ask("one-position.sql").rows().get(0);
    assertThat(position.get("orders").asLong() + position.get("still_moving").asLong())
        .isEqualTo(Long.parseLong(postgres("SELECT count(*) FROM app.orders").get(0).get(0)));
    JsonNode last = ask("history.sql").rows().get(0);
    assertThat(last.get("next_offset").asLong()).isEqualTo(running.logEnd("dbserver1.app.orders"));
    assertThat(last.get("fresh_ms").asLong()).isPositive();
    assertSimilarities(ask("bought-together.sql").rows());
  }

  private static void assertSimilarities(List<JsonNode> rows) throws SQLException {
    for (JsonNode row : rows) {
      String truth =
          postgres(
                  """
                  WITH bought AS (
                    SELECT i.product_id, o.user_id %% 256 AS buyers, sum(i.quantity)::float8 AS units
                    FROM app.order_items i JOIN app.orders o ON o.id = i.order_id GROUP BY 1, 2)
                  SELECT sum(a.units * b.units)
                    / sqrt((SELECT sum(units * units) FROM bought WHERE product_id = %1$d))
                    / sqrt((SELECT sum(units * units) FROM bought WHERE product_id = p.id))
                  FROM app.products p
                  JOIN bought b ON b.product_id = p.id
                  JOIN bought a ON a.product_id = %1$d AND a.buyers = b.buyers
                  WHERE p.name = '%2$s' GROUP BY p.id"""
                      .formatted(row.get("id").asLong(), row.get("bought_with").asText()))
              .get(0)
              .get(0);
      assertThat(row.get("similarity").asText())
          .as(row.toString())
          .isEqualTo(
              Double.toString(
                  Double.parseDouble(
                      String.format(Locale.ROOT, "%.3f", Double.parseDouble(truth)))));
    }
  }

  @Test
  @Order(5)
  void whatTrinoRefusesIsOneSentence() throws Exception {
    for (String[] refused :
        new String[][] {
          {"SELECT nonsense", "Column 'nonsense' cannot be resolved"},
          {"DELETE FROM iceberg.app.orders", "Access Denied"},
          {"INSERT INTO postgres.app.users (name) VALUES ('x')", "Access Denied"},
          {"DROP TABLE clickhouse.app.orders", "Access Denied"},
          {
            "SELECT * FROM TABLE(postgres.system.query(query => 'SELECT 1 AS one'))",
            "Access Denied"
          }
        }) {
      Answer answer = sql(refused[0]);
      assertThat(answer.code()).as(refused[0]).isEqualTo(2);
      assertThat(answer.err().strip().lines().toList()).as(answer.err()).hasSize(1);
      assertThat(answer.err())
          .startsWith("wal-cdc: Trino cannot answer that: ")
          .contains(refused[1]);
    }
  }

  @Test
  @Order(5)
  void everyColumnOfASinkIsThere() throws Exception {
    assertThat(sql("SELECT placed_at FROM clickhouse.app.orders_current LIMIT 1", "--json").rows())
        .hasSize(1);
    Answer table =
        sql(
            "SELECT id, name FROM products ORDER BY id LIMIT 2",
            "--catalog",
            "postgres",
            "--schema",
            "app");
    assertThat(table.out()).isEqualTo("id  name\n 1  Alpine boots\n 2  Trail runners\n\n2 rows.\n");
    Answer csv = sql("SELECT 'a,\"b' AS \"x y\", CAST(NULL AS bigint) AS n, '' AS e", "--csv");
    assertThat(csv.out()).isEqualTo("x y,n,e\r\n\"a,\"\"b\",,\"\"\r\n");
  }

  /** The same question to PostgreSQL alone: its tables stand for those of the catalogs. */
  private static List<List<String>> truth(String name) throws IOException, SQLException {
    return postgres(
        Files.readString(QUERIES.resolve(name))
            .replaceAll("(postgres|iceberg|clickhouse)\\.app\\.", "app.")
            .replace("_current ", " ")
            .replace("_current\n", "\n")
            .replaceAll("FOR VERSION AS OF \\S+", "")
            .replaceAll("FOR TIMESTAMP AS OF \\(.*\\)", ""));
  }

  private static List<List<String>> postgres(String sql) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Connection connection = running.source().open();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static List<List<String>> texts(Answer answer) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode row : answer.rows()) {
      List<String> texts = new ArrayList<>();
      row.forEach(value -> texts.add(value.isNull() ? null : value.asText()));
      rows.add(texts);
    }
    return rows;
  }

  private static Answer ask(String name) throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("-f", QUERIES.resolve(name).toString(), "--json"));
    if (name.equals("as-of-version.sql")) {
      JsonNode latest = ask("history.sql").rows().get(0);
      arguments.addAll(List.of("--set", "snapshot=" + latest.get("snapshot_id").asLong()));
    }
    return command(arguments);
  }

  private static Answer sql(String statement, String... options)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(statement));
    arguments.addAll(List.of(options));
    return command(arguments);
  }

  /** As a user types it, in a process of its own. */
  private static Answer command(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("wal-cdc").toString(), "sql"));
    command.addAll(arguments);
    command.addAll(List.of("--home", running.home().toString()));
    Path out = Files.createTempFile("trino", ".out");
    Path err = Files.createTempFile("trino", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      // The JVM says on its error output which options it took from the environment.
      String complaints =
          String.join(
              "\n",
              Files.readAllLines(err).stream()
                  .filter(line -> !line.startsWith("NOTE: Picked up"))
                  .toList());
      return new Answer(process.exitValue(), Files.readString(out), complaints);
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
