package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code dbt/run} as a user types it, and the marts that it makes, read by Trino. */
final class DbtProject {

  private static final Path ROOT = Repository.root(Path.of("").toAbsolutePath()).orElseThrow();
  private static final long PATIENCE_MINUTES = 5;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunningPipeline running;

  /** Where a mart lies, as Trino names it. */
  enum Target {
    CLICKHOUSE("clickhouse.marts.", "CAST(%s AS timestamp(6))"), // a moment comes as text
    TRINO("iceberg.marts.", "CAST(%s AT TIME ZONE 'UTC' AS timestamp(6))");

    private final String schema;
    private final String moment;

    Target(String schema, String moment) {
      this.schema = schema;
      this.moment = moment;
    }

    /** A column's value as text, in UTC if it is a moment. */
    String text(String column) {
      String value = column.endsWith("_at") ? moment.formatted(column) : column;
      return "CAST(%s AS varchar) AS %s".formatted(value, column);
    }

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    String table(String mart) {
      return schema + mart;
    }
  }

  DbtProject(RunningPipeline running) {
    this.running = running;
  }

  /** Runs dbt and requires that it succeeds. */
  void run(Target target, String... arguments) throws IOException, InterruptedException {
    Path files = files(target);
    Files.createDirectories(files);
    Path log = files.resolve("console.log");
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("dbt/run").toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--target", target.key()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    ConnectionSettings.ClickHouse clickHouse = running.settings().clickHouse();
    builder.environment().put("CLICKHOUSE_URL", clickHouse.url().toString());
    builder.environment().put("CLICKHOUSE_USER", clickHouse.user());
    builder.environment().put("CLICKHOUSE_PASSWORD", clickHouse.password());
    builder.environment().put("TRINO_URL", running.settings().trino().url().toString());
    builder.environment().put("DBT_TARGET_PATH", files.toString());
    Process process = builder.start();
    boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    String said = Files.readString(log);
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said).doesNotContain(clickHouse.password());
    said.lines().filter(line -> line.contains("Done.")).forEach(System.out::println);
  }

  private Path files(Target target) {
    return running.home().resolve("dbt").resolve(target.key());
  }

  /**
   * How many nodes of the last run ended in each way, e.g. success, pass, warn.
   *
   * @param results the file in which dbt says so
   */
  Map<String, Long> statuses(Target target, String results) throws IOException {
    List<String> statuses = new ArrayList<>();
    for (JsonNode result : JSON.readTree(files(target).resolve(results).toFile()).get("results")) {
      statuses.add(result.get("status").asText());
    }
    return statuses.stream()
        .collect(Collectors.groupingBy(status -> status, Collectors.counting()));
  }

  /** The models of {@code dbt/models/marts} that hold what the source holds. */
  static List<String> marts() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("dbt/models/marts"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".sql") && !name.startsWith("time_spine"))
          .map(name -> name.substring(0, name.length() - ".sql".length()))
          .sorted()
          .toList();
    }
  }

  /** Requires that a mart has the rows that PostgreSQL has by {@code marts/<name>.sql}. */
  void assertIsTruth(Target target, String mart) throws IOException, SQLException {
    String sql = resource("/marts/" + mart + ".sql");
    try (Connection connection = running.source().open();
        Statement statement = connection.createStatement();
        ResultSet truth = statement.executeQuery(sql)) {
      List<String> columns = new ArrayList<>();
      for (int i = 1; i <= truth.getMetaData().getColumnCount(); i++) {
        columns.add(truth.getMetaData().getColumnLabel(i));
      }
      String asked =
          columns.stream()
              .map(target::text)
              .collect(Collectors.joining(", ", "SELECT ", " FROM " + target.table(mart)));
      List<String> expected = rows(truth);
      assertThat(expected).as(mart).isNotEmpty();
      List<String> actual = ask("dbt-test", asked);
      TreeSet<String> missing = new TreeSet<>(expected);
      actual.forEach(missing::remove);
      TreeSet<String> wrong = new TreeSet<>(actual);
      expected.forEach(wrong::remove);
      assertThat(wrong).as("rows of %s only, missing %s", target.table(mart), missing).isEmpty();
      assertThat(missing).as("rows missing in %s", target.table(mart)).isEmpty();
      assertThat(actual).as(target.table(mart)).hasSize(expected.size());
      System.out.printf("%s: %d rows as in PostgreSQL%n", target.table(mart), expected.size());
    }
  }

  /** What Trino answers, a row a text; nothing for a statement without rows. */
  List<String> ask(String user, String sql) throws SQLException {
    Properties session = new Properties();
    session.setProperty("user", user);
    try (Connection connection =
            DriverManager.getConnection(running.settings().trino().jdbcUrl(), session);
        Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return List.of();
      }
      try (ResultSet rows = statement.getResultSet()) {
        return rows(rows);
      }
    }
  }

  private static List<String> rows(ResultSet result) throws SQLException {
    List<String> rows = new ArrayList<>();
    while (result.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
        row.add(result.getString(i));
      }
      rows.add(row.toString());
    }
    return rows;
  }

  private static String resource(String name) throws IOException {
    try (var in = DbtProject.class.getResourceAsStream(name)) {
      assertThat(in).as("%s, which says what PostgreSQL holds", name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
