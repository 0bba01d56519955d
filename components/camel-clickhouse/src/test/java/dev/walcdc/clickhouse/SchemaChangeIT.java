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
import dev.walcdc.schema.TableSchema;
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
  void addsWidensAndKeepsWhatWasDropped() {
    sink.apply(batch(second(), create(6, 2, "x", Long.MAX_VALUE)));
    assertThat(columns("t"))
        .isEqualTo("added\tNullable(String)\nid\tInt32\nn\tInt64\nold\tNullable(String)");
    assertThat(columns("t_current")).isEqualTo("added\tNullable(String)\nid\tInt32\nn\tInt64");
    assertThat(current()).isEqualTo("1\t\\N\t10\n2\tx\t" + Long.MAX_VALUE);
    assertThat(server.ask("SELECT old FROM `%s`.t FINAL ORDER BY id".formatted(first.schema())))
        .isEqualTo("o\n\\N");
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
