package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.batch;
import static dev.walcdc.clickhouse.Changes.create;
import static dev.walcdc.clickhouse.Changes.next;
import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.nullable;
import static dev.walcdc.clickhouse.Changes.schema;
import static dev.walcdc.clickhouse.Changes.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaChangeIT {

  private static TestServer server;

  private TableSchema first;
  private ChangeSink sink;

  @BeforeAll
  static void connect() {
    server = new TestServer();
  }

  @AfterAll
  static void disconnect() {
    server.close();
  }

  @BeforeEach
  void begin() {
    first =
        schema(
            TestServer.newSchema(),
            "t",
            List.of("id"),
            notNull("id", "int4"),
            notNull("n", "int2"),
            notNull("old", "text"));
    sink = server.newSink();
    sink.apply(batch(first, create(5, 1, 10, "o")));
  }

  private String current() {
    return server.ask("SELECT * FROM `%s`.t_current ORDER BY id".formatted(first.schema()));
  }

  private String columns(String table) {
    return server.ask(
        "SELECT name, type FROM system.columns WHERE database = '%s' AND table = '%s' AND name NOT LIKE '\\\\_%%' ORDER BY name"
            .formatted(first.schema(), table));
  }

  private TableSchema second() {
    return next(first, notNull("id", "int4"), nullable("added", "text"), notNull("n", "int8"));
  }

  @Test
  void addsWidensAndDrops() {
    sink.apply(batch(second(), create(6, 2, "x", Long.MAX_VALUE)));
    assertThat(columns("t")).isEqualTo("added\tNullable(String)\nid\tInt32\nn\tInt64");
    assertThat(columns("t_current")).isEqualTo("added\tNullable(String)\nid\tInt32\nn\tInt64");
    assertThat(current()).isEqualTo("1\t\\N\t10\n2\tx\t" + Long.MAX_VALUE);
  }

  private TableSchema numbered(long sequence, String... columns) {
    List<Column> all = new ArrayList<>();
    for (String column : columns) {
      String[] parts = column.split(" ");
      all.add(
          new Column(
              parts[0],
              PostgresType.of(parts[1]),
              !parts[0].equals("id"),
              Integer.parseInt(parts[2])));
    }
    return new TableSchema(first.schema(), "r", all, List.of("id"), 1, sequence);
  }

  private String rows() {
    return server.ask("SELECT * FROM `%s`.r_current ORDER BY id".formatted(first.schema()));
  }

  @Test
  void renamesSwapsAndReplacesColumns() {
    TableSchema one = numbered(1, "id int4 1", "a text 2", "b text 3", "c int4 4");
    sink.apply(batch(one, create(5, 1, "a", "b", 3)));
    TableSchema two = numbered(2, "id int4 1", "b text 2", "a text 3", "c text 5");
    sink.apply(batch(two, create(6, 2, "a", "b", "c")));
    assertThat(rows()).isEqualTo("1\ta\tb\t\\N\n2\ta\tb\tc");
    assertThat(columns("r_current"))
        .isEqualTo("a\tNullable(String)\nb\tNullable(String)\nc\tNullable(String)\nid\tInt32");
    sink.apply(batch(one, create(5, 1, "a", "b", 3), create(5, 3, "x", "y", 9)));
    assertThat(rows()).isEqualTo("1\ta\tb\t\\N\n2\ta\tb\tc\n3\tx\ty\t\\N");
  }

  /** A process dies between any two statements; another goes on from what the table says. */
  @Test
  void aChangeThatWasCutShortIsFinished() {
    TableSchema one = numbered(1, "id int4 1", "a text 2", "b text 3", "c int4 4");
    TableSchema two = numbered(2, "id int4 1", "b text 2", "a text 3", "c text 5", "d int8 6");
    TableName name = new TableName(first.schema(), "r");
    for (int steps = 0; steps < 4; steps++) {
      server.run("DROP TABLE IF EXISTS `%s`.r SYNC".formatted(first.schema()));
      server.newSink().apply(batch(one, create(5, 1, "a", "b", 3)));
      TableLayout layout = TableLayout.of(name, one);
      for (int step = 0; step < steps; step++) {
        SchemaEvolution next = SchemaEvolution.next(layout, two);
        layout = next.result();
        server.run(TableDdl.alterTable(name, next.actions(), layout.applied()));
      }
      server.newSink().apply(batch(two, create(6, 2, "a", "b", "c", 4L)));
      assertThat(rows()).as("after %d", steps).isEqualTo("1\ta\tb\t\\N\t\\N\n2\ta\tb\tc\t4");
    }
  }

  /** Another partition may bring what is in between after what is newer. */
  @Test
  void aNewerSchemaThatLooksTheSameCountsAsNewer() {
    TableSchema between = numbered(2, "id int4 1", "a text 2", "b text 3");
    sink.apply(batch(numbered(1, "id int4 1", "a text 2"), create(5, 1, "a")));
    sink.apply(batch(numbered(3, "id int4 1", "a text 2"), create(7, 2, "a")));
    sink.apply(batch(between, create(6, 3, "a", "b")));
    assertThat(columns("r_current")).isEqualTo("a\tNullable(String)\nid\tInt32");
    assertThat(rows()).isEqualTo("1\ta\n2\ta\n3\ta");
  }

  /** Sink as it is or just started; both must know that the table is ahead of the batch. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anOlderSchemaNeverChangesANewerTable(boolean restarted) {
    TableSchema second = second();
    sink.apply(batch(second, create(6, 2, "x", 7L)));
    ChangeSink later = restarted ? server.newSink() : sink;
    later.apply(batch(first, create(5, 1, 10, "o"), create(5, 3, 30, "p")));
    assertThat(columns("t_current")).startsWith("added\t");
    assertThat(current()).isEqualTo("1\t\\N\t10\n2\tx\t7\n3\t\\N\t30");
    later.apply(batch(second, update(8, 3, "y", 31L)));
    assertThat(current()).endsWith("3\ty\t31");
  }

  @Test
  void aRestartGoesOnFromWhatTheTableFollows() {
    sink.apply(batch(second(), create(6, 2, "x", 7L)));
    TableSchema third =
        next(
            second(),
            notNull("id", "int4"),
            nullable("added", "text"),
            notNull("n", "int8"),
            nullable("more", "bool"));
    server.newSink().apply(batch(third, create(7, 3, "y", 8L, true)));
    assertThat(current()).isEqualTo("1\t\\N\t10\t\\N\n2\tx\t7\t\\N\n3\ty\t8\ttrue");
  }

  @Test
  void aRestartMendsAViewThatWasLeftBehind() {
    server.run("DROP VIEW `%s`.t_current".formatted(first.schema()));
    server.newSink().apply(batch(first, create(6, 2, 20, "p")));
    assertThat(current()).isEqualTo("1\t10\to\n2\t20\tp");
  }

  @Test
  void whatCannotBeFollowedIsRefusedAndOtherTablesGoOn() {
    TableSchema renamedKey =
        new TableSchema(first.schema(), "t", first.columns(), List.of("id", "n"), 1, 2);
    assertThatThrownBy(() -> sink.apply(batch(renamedKey, create(6, 2, 20, "p"))))
        .isInstanceOfSatisfying(
            SchemaRefusedException.class, e -> assertThat(e.schema()).isEqualTo(renamedKey))
        .hasMessageContainingAll(first.qualifiedName(), "primary key", "resync");
    assertThat(current()).isEqualTo("1\t10\to");
    TableSchema other = schema(first.schema(), "u", List.of("id"), notNull("id", "int4"));
    sink.apply(batch(other, create(6, 1)));
    assertThat(server.ask("SELECT * FROM `%s`.u_current".formatted(first.schema()))).isEqualTo("1");
  }

  @Test
  void aViewNeverReplacesATable() {
    TableSchema named = schema(first.schema(), "x_current", List.of("id"), notNull("id", "int4"));
    sink.apply(batch(named, create(5, 1)));
    TableSchema base = schema(first.schema(), "x", List.of("id"), notNull("id", "int4"));
    assertThatThrownBy(() -> sink.apply(batch(base, create(5, 1))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("x_current", "is a table");
    assertThat(server.ask("SELECT * FROM `%s`.x_current".formatted(first.schema())))
        .startsWith("1\t");
    TableSchema view = schema(first.schema(), "t_current", List.of("id"), notNull("id", "int4"));
    assertThatThrownBy(() -> sink.apply(batch(view, create(5, 1))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("t_current", "View");
  }

  @Test
  void aColumnNamedLikeOneOfOursIsRefused() {
    TableSchema clash =
        schema(
            first.schema(), "c", List.of("id"), notNull("id", "int4"), notNull("_version", "int4"));
    assertThatThrownBy(() -> sink.apply(batch(clash, create(5, 1, 1))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContaining("`_version`");
  }

  @Test
  void reservedDatabasesAreRefused() {
    TableSchema system = schema("system", "t", List.of("id"), notNull("id", "int4"));
    assertThatThrownBy(() -> sink.apply(batch(system, create(5, 1))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContaining("`system`");
  }

  @Test
  void oneDatabaseForAllHoldsEachTableOnce() {
    String database = TestServer.newSchema();
    ChangeSink one = server.newSink(database, 1_000);
    one.apply(batch(first, create(5, 1, 10, "o")));
    assertThat(server.ask("SELECT * FROM `%s`.t_current".formatted(database)))
        .isEqualTo("1\t10\to");
    TableSchema same =
        new TableSchema(TestServer.newSchema(), "t", first.columns(), first.key(), 1, 1);
    assertThatThrownBy(() -> one.apply(batch(same, create(5, 2, 10, "o"))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll(first.qualifiedName(), "`*`");
    assertThatThrownBy(
            () -> server.newSink(database, 1_000).apply(batch(same, create(5, 2, 10, "o"))))
        .isInstanceOf(SchemaRefusedException.class);
  }

  @Test
  void aTableThatSomebodyDroppedIsMadeAgainByTheNextAttempt() {
    server.run("DROP TABLE `%s`.t".formatted(first.schema()));
    RowChange change = create(6, 2, 20, "p");
    assertThatThrownBy(() -> sink.apply(batch(first, change)))
        .isInstanceOf(ClickHouseException.class);
    sink.apply(batch(first, change));
    assertThat(current()).isEqualTo("2\t20\tp");
  }

  /** Another process, or somebody by hand: rows in the old layout must not be taken for the new. */
  @Test
  void aTableThatWasAlteredMeanwhileIsNeverFilledWithGarbage() {
    server.run(
        "ALTER TABLE `%s`.t MODIFY COLUMN n Int64, MODIFY COLUMN old Nullable(String)"
            .formatted(first.schema()));
    List<RowChange> changes = List.of(create(6, 2, 20, "p"), create(7, 3, 30, "q"));
    assertThatThrownBy(() -> sink.apply(batch(first, null, changes)))
        .isInstanceOf(ClickHouseException.class)
        .hasMessageContaining("Int64");
    assertThat(current()).isEqualTo("1\t10\to");
    sink.apply(batch(first, null, changes));
    assertThat(current()).isEqualTo("1\t10\to\n2\t20\tp\n3\t30\tq");
  }

  @Test
  void anUnchangedValueIsReadRightlyFromAColumnThatWasAlteredMeanwhile() {
    server.run("ALTER TABLE `%s`.t MODIFY COLUMN old Nullable(String)".formatted(first.schema()));
    RowChange change = update(6, 1, 20, Unchanged.TOAST);
    assertThatThrownBy(() -> sink.apply(batch(first, change)))
        .isInstanceOf(ClickHouseException.class);
    sink.apply(batch(first, change));
    assertThat(current()).isEqualTo("1\t20\to");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ReplacingMergeTree ORDER BY id",
        "ReplacingMergeTree(_version) ORDER BY id",
        "ReplacingMergeTree(_version, _is_deleted) PARTITION BY n ORDER BY id"
      })
  void aTableThatWouldNotKeepTheLastVersionsIsRefused(String engine) {
    server.run(
        "CREATE TABLE `%s`.m (id Int32, n Int16, _version UInt128, _is_deleted UInt8, _committed_at DateTime64(6, 'UTC')) ENGINE = %s"
            .formatted(first.schema(), engine));
    TableSchema m =
        schema(first.schema(), "m", List.of("id"), notNull("id", "int4"), notNull("n", "int2"));
    assertThatThrownBy(() -> sink.apply(batch(m, create(5, 1, 1))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll(engine.substring(0, 18), "last version", "resync");
  }

  /** The table remembers blocks, as replicated ones do: a block that came before is not dropped. */
  @Test
  void rowsThatAreWrittenAgainAfterATableWasEmptiedAreThere() {
    server.run(
        "ALTER TABLE `%s`.t MODIFY SETTING non_replicated_deduplication_window = 100"
            .formatted(first.schema()));
    RowChange change = create(6, 2, 20, "p");
    sink.apply(batch(first, change));
    server.run(
        "ALTER TABLE `%s`.t DELETE WHERE 1 SETTINGS mutations_sync = 2".formatted(first.schema()));
    sink.apply(batch(first, change));
    assertThat(current()).isEqualTo("2\t20\tp");
  }

  @Test
  void aTableOfAnotherKindIsLeftAlone() {
    server.run(
        "CREATE TABLE `%s`.m (id Int32) ENGINE = MergeTree ORDER BY id".formatted(first.schema()));
    TableSchema m = schema(first.schema(), "m", List.of("id"), notNull("id", "int4"));
    assertThatThrownBy(() -> sink.apply(batch(m, create(5, 1))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("MergeTree", "there already");
  }
}
