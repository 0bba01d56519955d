package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.cli.Lake;
import dev.walcdc.local.Repository;
import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.systemtest.TypeSamples.Sample;
import dev.walcdc.verify.VerifyReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Values of every type, through the real pipeline, by snapshot, insert and update, as values and as
 * keys, are the same in PostgreSQL, ClickHouse and Iceberg.
 */
class TypeMatrixIT {

  private static final String VALUES = "app.matrix";
  private static final String WIDE = "app.wide";

  /** PostgreSQL indexes 32 columns at most. */
  private static final int KEY_COLUMNS = 30;

  /** A row of which all samples have run out of values. */
  private static final int NO_VALUES = Integer.MAX_VALUE;

  private static final Path PAGE =
      Repository.root(Path.of("").toAbsolutePath()).orElseThrow().resolve("docs/types.md");

  private static RunningPipeline running;
  private static final List<List<Sample>> KEYS = keys();

  @BeforeAll
  static void flow() throws SQLException {
    running = RunningPipeline.servers("types");
    running.execute(TypeSamples.DEFINITIONS.toArray(String[]::new));
    String database = running.settings().postgres().database();
    for (String setting :
        List.of(
            "bytea_output = 'escape'",
            "IntervalStyle = 'iso_8601'",
            "extra_float_digits = 0",
            "DateStyle = 'German'",
            "TimeZone = 'Asia/Kathmandu'")) {
      // Of no effect on what arrives.
      running.execute("ALTER DATABASE %s SET %s".formatted(database, setting));
    }
    create(VALUES, TypeSamples.ORDINARY, false);
    create(WIDE, TypeSamples.WIDE, false);
    create("app.wide_key", TypeSamples.WIDE, true);
    for (int i = 0; i < KEYS.size(); i++) {
      create("app.key" + i, KEYS.get(i), true);
    }
    fill(0);
    running.startPipeline(
        Map.of(
            "CLICKHOUSE_WIDECOLUMNS",
            "app\\.wide\\..*, app\\.wide_key\\..*",
            "ICEBERG_WIDECOLUMNS",
            "app\\.wide.*"));
    running.awaitHealthy();
    fill(100);
    for (String table : List.of(VALUES, WIDE)) {
      // Rows of the snapshot that were empty get values, others lose theirs.
      List<Sample> samples = table.equals(WIDE) ? TypeSamples.WIDE : TypeSamples.ORDINARY;
      for (int row = 0; row < rows(samples); row++) {
        running.execute(update(table, samples, 50 + row, row));
      }
      running.execute(update(table, samples, 100, NO_VALUES));
    }
    running.execute("ALTER TYPE app.mood ADD VALUE 'grand'");
    int mood =
        IntStream.range(0, TypeSamples.ORDINARY.size())
            .filter(i -> TypeSamples.ORDINARY.get(i).type().equals("app.mood"))
            .findFirst()
            .orElseThrow();
    running.execute("INSERT INTO %s (id, c%d) VALUES (999, 'grand')".formatted(VALUES, mood));
    for (int i = 0; i < KEYS.size(); i++) {
      running.execute(
          "UPDATE app.key%d SET note = 'changed' WHERE id %% 2 = 0".formatted(i),
          "DELETE FROM app.key%d WHERE id = 101".formatted(i));
    }
    running.execute(
        "UPDATE app.wide_key SET note = 'changed'", "DELETE FROM app.wide_key WHERE id = 1");
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static List<List<Sample>> keys() {
    List<Sample> keys = TypeSamples.ORDINARY.stream().filter(Sample::key).toList();
    List<List<Sample>> tables = new ArrayList<>();
    for (int i = 0; i < keys.size(); i += KEY_COLUMNS) {
      tables.add(keys.subList(i, Math.min(keys.size(), i + KEY_COLUMNS)));
    }
    return tables;
  }

  private static int rows(List<Sample> samples) {
    return samples.stream().mapToInt(s -> s.values().size()).max().orElseThrow();
  }

  private static String columns(List<Sample> samples) {
    return IntStream.range(0, samples.size())
        .mapToObj(i -> "c" + i)
        .collect(Collectors.joining(", "));
  }

  private static void create(String table, List<Sample> samples, boolean key) throws SQLException {
    String declarations =
        IntStream.range(0, samples.size())
            .mapToObj(i -> "c%d %s".formatted(i, samples.get(i).type()))
            .collect(Collectors.joining(", "));
    running.execute(
        key
            ? "CREATE TABLE %s (id int, note text, %s, PRIMARY KEY (%s))"
                .formatted(table, declarations, columns(samples))
            : "CREATE TABLE %s (id int PRIMARY KEY, %s)".formatted(table, declarations));
  }

  private static void fill(int first) throws SQLException {
    for (int row = 0; row < rows(TypeSamples.ORDINARY); row++) {
      running.execute(insert(VALUES, TypeSamples.ORDINARY, first + row, row, false));
    }
    for (int row = 0; row < rows(TypeSamples.WIDE); row++) {
      running.execute(insert(WIDE, TypeSamples.WIDE, first + row, row, false));
      if (first == 0) {
        running.execute(insert("app.wide_key", TypeSamples.WIDE, row, row, true));
      }
    }
    for (int row = 0; row < rows(TypeSamples.ORDINARY); row++) {
      running.execute("INSERT INTO %s (id) VALUES (%d)".formatted(VALUES, first + 50 + row));
      running.execute("INSERT INTO %s (id) VALUES (%d)".formatted(WIDE, first + 50 + row));
    }
    for (int i = 0; i < KEYS.size(); i++) {
      for (int row = first == 0 ? 0 : 1; row < rows(KEYS.get(i)); row += 2) {
        running.execute(insert("app.key" + i, KEYS.get(i), first + row, row, true));
      }
    }
  }

  /** A key has no NULL: where a type has fewer values its last is taken again. */
  private static String insert(
      String table, List<Sample> samples, int id, int row, boolean complete) {
    return "INSERT INTO %s (id, %s) VALUES (%d, %s)"
        .formatted(
            table,
            columns(samples),
            id,
            samples.stream().map(s -> value(s, row, complete)).collect(Collectors.joining(", ")));
  }

  private static String update(String table, List<Sample> samples, int id, int row) {
    return "UPDATE %s SET %s WHERE id = %d"
        .formatted(
            table,
            IntStream.range(0, samples.size())
                .mapToObj(i -> "c%d = %s".formatted(i, value(samples.get(i), row, false)))
                .collect(Collectors.joining(", ")),
            id);
  }

  private static String value(Sample sample, int row, boolean complete) {
    int last = sample.values().size() - 1;
    return row > last && !complete
        ? "NULL"
        : "CAST(%s AS %s)".formatted(sample.values().get(Math.min(row, last)), sample.type());
  }

  @Test
  void everyCellIsTheSameInAllThree() {
    VerifyReport report = running.verify();

    assertThat(report.tables())
        .filteredOn(table -> table.table().matches("app\\.(matrix|wide|wide_key|key\\d+)"))
        .hasSize(KEYS.size() + 3)
        .allSatisfy(
            table -> {
              assertThat(table.rows()).isPositive();
              assertThat(table.sinks()).hasSize(2);
              for (VerifyReport.Sink sink : table.sinks()) {
                assertThat(sink.problem()).as(table.table()).isNull();
                assertThat(sink.differences()).as(table.table()).isEmpty();
                assertThat(sink.agreeing()).as(table.table()).isEqualTo(table.rows());
              }
            });
  }

  /**
   * Exact verify takes values from the log: each type's must have the form that others give them.
   */
  @Test
  void everyCellIsTheSameOnTheLog() throws Exception {
    List<String> tables = new ArrayList<>(List.of(VALUES, WIDE, "app.wide_key"));
    IntStream.range(0, KEYS.size()).forEach(i -> tables.add("app.key" + i));
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> load =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                for (String table : tables) {
                  String column = table.contains("key") ? "note" : "id";
                  execute("UPDATE %1$s SET %2$s = %2$s".formatted(table, column));
                }
              }
            });
    try {
      assertThat(running.verifyExactly().tables())
          .filteredOn(table -> tables.contains(table.table()))
          .hasSize(tables.size())
          .allSatisfy(
              table -> {
                assertThat(table.agrees()).as(table.toString()).isTrue();
                assertThat(table.moment().recordsRead()).as(table.table()).isPositive();
              });
    } finally {
      stop.set(true);
      load.join();
    }
  }

  private static void execute(String sql) {
    try {
      running.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** Without verify: the texts in ClickHouse are those that PostgreSQL prints here and now. */
  @Test
  void textsAreWhatPostgresqlPrints() throws SQLException {
    running.verify();
    List<Column> columns = shape(VALUES);
    Map<Integer, List<String>> expected = new TreeMap<>();
    List<String> texts =
        columns.stream().filter(c -> c.carrier() == Carrier.TEXT).map(Column::name).toList();
    try (Connection connection = running.source().open();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC';"
              + " SET extra_float_digits = 1; SET bytea_output = 'hex'; SET lc_monetary = 'C';"
              + " SET search_path = 'pg_catalog'");
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT id, %s FROM %s"
                  .formatted(
                      texts.stream()
                          .map(
                              "CASE WHEN %1$s IS DISTINCT FROM NULL THEN encode(convert_to(format('%%s', %1$s), 'UTF8'), 'hex') ELSE '-' END"
                                  ::formatted)
                          .collect(Collectors.joining(", ")),
                      VALUES))) {
        while (rows.next()) {
          List<String> row = new ArrayList<>();
          for (int i = 0; i < texts.size(); i++) {
            row.add(rows.getString(i + 2));
          }
          expected.put(rows.getInt(1), row);
        }
      }
    }
    String[] lines =
        running
            .clickHouse(
                "SELECT id, %s FROM %s_current ORDER BY id"
                    .formatted(
                        texts.stream()
                            .map("if(isNull(%1$s), '-', lower(hex(%1$s)))"::formatted)
                            .collect(Collectors.joining(", ")),
                        VALUES))
            .split("\n");
    Map<Integer, List<String>> found = new TreeMap<>();
    for (String line : lines) {
      List<String> cells = List.of(line.split("\t", -1));
      found.put(Integer.valueOf(cells.get(0)), cells.subList(1, cells.size()));
    }
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void thePageOfTypesIsWhatThePipelineMakes() throws Exception {
    running.verify();
    List<TypeTable.Line> lines = new ArrayList<>();
    List<Column> columns = shape(VALUES);
    try (JdbcCatalog catalog = Lake.open(running.settings())) {
      Schema lake = catalog.loadTable(TableIdentifier.of("app", "matrix")).schema();
      for (int i = 0; i < TypeSamples.ORDINARY.size(); i++) {
        String name = "c" + i;
        Column column =
            columns.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
        String type =
            running.clickHouse(
                "SELECT replaceRegexpOne(type, '^Nullable\\\\((.*)\\\\)$', '\\\\1') FROM system.columns"
                    + " WHERE database = 'app' AND table = 'matrix' AND name = '"
                    + name
                    + "' FORMAT TSVRaw");
        lines.add(
            new TypeTable.Line(
                TypeSamples.ORDINARY.get(i).type(),
                column.carrier(),
                type,
                lake.findType(name).toString()));
      }
    }
    String page = TypeTable.markdown(lines);
    if (Boolean.getBoolean("walcdc.types.write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE).as("write it anew as it says itself").hasContent(page);
  }

  private static List<Column> shape(String table) throws SQLException {
    String[] parts = table.split("\\.");
    return new SourceCatalog(running.source())
        .definition(new TableName(parts[0], parts[1]))
        .orElseThrow()
        .columns();
  }
}
