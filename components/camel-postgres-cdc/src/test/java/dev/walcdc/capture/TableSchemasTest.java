package dev.walcdc.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.capture.StreamedTable.Attribute;
import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TableSchemasTest {

  private static final TableName TABLE = new TableName("app", "t");
  private static final Definition A =
      definition("f1", "a1", column("id", "int4", 1), column("a", "int4", 2));
  private static final Definition AB =
      definition(
          "f1", "a2", column("id", "int4", 1), column("a", "int4", 2), column("b", "text", 3));

  private final List<TableSchema> log = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();

  private static Column column(String name, String type, int attnum) {
    return new Column(name, PostgresType.of(type), !name.equals("id"), attnum);
  }

  private static Definition definition(String files, String attributes, Column... columns) {
    return new Definition(
        7, List.of(columns), List.of("id"), false, Set.of(), Set.of(1), files, attributes);
  }

  private static StreamedTable streamed(Definition then, Definition now) {
    return new StreamedTable(
        TABLE,
        7,
        then.columns().stream().map(c -> new Attribute(c.name(), c.type())).toList(),
        then.key(),
        now);
  }

  /** A run of capture on what runs before it have published. */
  private TableSchemas run(int epoch, Definition catalog) {
    return new TableSchemas(
        table -> Optional.ofNullable(catalog), (table, reason) -> reasons.add(reason), log, epoch);
  }

  /** A change at this LSN under a definition, with another in the catalog by then. */
  private TableSchema use(TableSchemas schemas, Definition then, Definition now, long lsn) {
    TableSchema used = schemas.of(streamed(then, now), lsn);
    log.addAll(schemas.takeUnpublished());
    return used;
  }

  @Test
  void theSameShapeKeepsItsSequenceAcrossRestarts() {
    TableSchema first = use(run(1, A), A, A, 10);
    assertThat(use(run(1, A), A, A, 20)).isEqualTo(first);
    assertThat(log).containsExactly(first);
    assertThat(first.sequence()).isEqualTo(1);
    assertThat(first.origin().sinceLsn()).isEqualTo(10);
  }

  @Test
  void aChangeRaisesTheSequence() {
    use(run(1, A), A, A, 10);
    assertThat(use(run(1, AB), AB, AB, 20).sequence()).isEqualTo(2);
    assertThat(reasons).isEmpty();
  }

  @Test
  void anEpochHasSchemasOfItsOwn() {
    use(run(1, A), A, A, 10);
    TableSchema next = use(run(2, A), A, A, 20);
    assertThat(next.epoch()).isEqualTo(2);
    assertThat(next.sequence()).isEqualTo(2);
  }

  /** A restart reads rows from before the change again; each is under what it was under. */
  @Test
  void changesThatComeAgainKeepTheSchemaOfTheirTime() {
    TableSchema before = use(run(1, A), A, A, 10);
    TableSchema after = use(run(1, AB), AB, AB, 20);
    TableSchema back = use(run(1, A), A, A, 30);
    TableSchemas restarted = run(1, A);
    assertThat(use(restarted, A, A, 12)).isEqualTo(before);
    assertThat(restarted.until(before)).isEqualTo(20);
    assertThat(use(restarted, AB, A, 20)).isEqualTo(after);
    assertThat(use(restarted, A, A, 30)).isEqualTo(back);
    assertThat(back.sequence()).isEqualTo(3);
    assertThat(restarted.until(back)).isEqualTo(Long.MAX_VALUE);
    assertThat(log).containsExactly(before, after, back);
  }

  @Test
  void typesAreThoseOfTheStream() {
    Definition wider = definition("f2", "a2", column("id", "int4", 1), column("a", "text", 2));
    assertThat(use(run(1, wider), A, wider, 10).columns()).isEqualTo(A.columns());
    assertThat(use(run(1, wider), wider, wider, 20).columns()).isEqualTo(wider.columns());
  }

  @Test
  void aColumnThatTheCatalogHasNoMoreKeepsItsType() {
    Definition then = definition("f1", "a1", column("id", "int4", 1), column("z", "date", 2));
    Definition now =
        new Definition(
            7,
            List.of(column("id", "int4", 1)),
            List.of("id"),
            false,
            Set.of(2),
            Set.of(1),
            "f1",
            "a2");
    assertThat(use(run(1, now), then, now, 10).columns()).isEqualTo(then.columns());
  }

  @Test
  void aTableThatIsGoneKeepsItsColumnsAndItsKey() {
    TableSchema schema = use(run(1, null), A, null, 10);
    assertThat(schema.columns()).extracting(Column::name).containsExactly("id", "a");
    assertThat(schema.columns()).extracting(c -> c.type().name()).containsOnly("int4");
    assertThat(schema.key()).containsExactly("id");
    assertThat(run(1, null).latest(new TableName("app", "u"))).isEmpty();
  }

  /** Rows from the time when it was nullable may come yet, or come again. */
  @Test
  void whatWasNullableStaysSo() {
    use(run(1, A), A, A, 10);
    Definition strict =
        definition(
            "f1",
            "a2",
            column("id", "int4", 1),
            new Column("a", PostgresType.of("int4"), false, 2));
    assertThat(use(run(1, strict), strict, strict, 20).columns().get(1).nullable()).isTrue();
    Definition added =
        definition(
            "f1",
            "a3",
            column("id", "int4", 1),
            column("a", "int4", 2),
            new Column("b", PostgresType.of("int4"), false, 3));
    assertThat(use(run(1, added), added, added, 30).columns().get(2).nullable()).isTrue();
  }

  /**
   * A fence that names what the catalog says by then would add columns, and the next row drop them.
   */
  @Test
  void theLatestSchemaIsTheOneOfTheLatestChange() {
    use(run(1, A), A, A, 10);
    TableSchemas lagging = run(1, AB);
    TableSchema used = use(lagging, A, AB, 20);
    assertThat(lagging.latest(TABLE)).contains(used);
    assertThat(lagging.takeUnpublished()).isEmpty();
  }

  @Test
  void aTableThatChangesDuringItsSnapshotIsReadAgain() {
    List<Definition> answers = new ArrayList<>(List.of(A, AB));
    TableSchemas schemas =
        new TableSchemas(
            table -> Optional.of(answers.remove(0)), (table, reason) -> {}, List.of(), 1);
    schemas.snapshotBegins(List.of(TABLE));
    assertThatThrownBy(() -> schemas.ofSnapshot(TABLE, List.of("id", "a", "b")))
        .isInstanceOf(CaptureException.class)
        .hasMessageContainingAll("app.t", "snapshot");
  }

  @Test
  void aSnapshotHasWhatTheCatalogSaid() {
    TableSchemas schemas = run(1, A);
    schemas.snapshotBegins(List.of(TABLE));
    assertThat(schemas.ofSnapshot(TABLE, List.of("id", "a")).columns()).isEqualTo(A.columns());
    assertThatThrownBy(() -> schemas.ofSnapshot(TABLE, List.of("id", "z")))
        .isInstanceOf(CaptureException.class);
  }

  @Test
  void aRequestToReadAgainComesBeforeTheSchema() {
    use(run(1, A), A, A, 10);
    TableSchemas schemas =
        new TableSchemas(
            table -> Optional.of(AB),
            (table, reason) -> {
              throw new CaptureException("source is away");
            },
            log,
            1);
    Definition rewritten = definition("f2", "a2", column("id", "int4", 1), column("a", "int4", 2));
    assertThatThrownBy(() -> schemas.of(streamed(rewritten, rewritten), 20))
        .hasMessageContaining("away");
    assertThat(schemas.takeUnpublished()).isEmpty();
  }

  @Test
  void aSourceThatDoesNotAnswerIsNamed() {
    TableSchemas schemas =
        new TableSchemas(
            table -> {
              throw new SQLException("connection refused");
            },
            (table, reason) -> {},
            List.of(),
            1);
    assertThatThrownBy(() -> schemas.ofSnapshot(TABLE, List.of("id")))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("app.t")
        .hasMessageContaining("connection refused");
  }

  private String reasonFor(Definition before, Definition after) {
    use(run(1, before), before, before, 10);
    use(run(1, after), after, after, 20);
    return reasons.isEmpty() ? "" : reasons.get(0);
  }

  @Test
  void aNewColumnWithADefaultNeedsItsValues() {
    Definition filled =
        new Definition(7, AB.columns(), AB.key(), false, Set.of(), Set.of(1, 3), "f1", "a2");
    assertThat(reasonFor(A, filled)).contains("`b`", "old rows");
  }

  @Test
  void aColumnThatCameBackIsAnother() {
    Definition again = definition("f1", "a2", column("id", "int4", 1), column("a", "int4", 3));
    assertThat(reasonFor(A, again)).contains("`a`", "added anew");
  }

  @Test
  void aRewriteWithAChangeOfColumnsNeedsTheRows() {
    Definition rewritten = definition("f2", "a2", column("id", "int4", 1), column("a", "int4", 2));
    assertThat(reasonFor(A, rewritten)).contains("written anew");
    assertThat(log).hasSize(2);
    use(run(1, rewritten), rewritten, rewritten, 30);
    assertThat(reasons).hasSize(1);
  }

  /** Nobody knows whether the request was kept when a change comes again that has made it. */
  @Test
  void aRequestIsMadeAgainByTheChangeThatComesAgain() {
    Definition rewritten = definition("f2", "a2", column("id", "int4", 1), column("a", "int4", 2));
    reasonFor(A, rewritten);
    use(run(1, rewritten), rewritten, rewritten, 20);
    assertThat(reasons).hasSize(2);
    use(run(1, rewritten), rewritten, rewritten, 21);
    use(run(1, rewritten), A, rewritten, 10);
    assertThat(reasons).hasSize(2);
  }

  @Test
  void aTruncateOrAVacuumAloneNeedsNothing() {
    assertThat(
            reasonFor(A, definition("f2", "a1", column("id", "int4", 1), column("a", "int4", 2))))
        .isEmpty();
    assertThat(log).hasSize(1);
  }

  @Test
  void aRenameNeedsNothing() {
    assertThat(
            reasonFor(A, definition("f1", "a2", column("id", "int4", 1), column("c", "int4", 2))))
        .isEmpty();
    assertThat(log).hasSize(2);
  }

  @Test
  void aTableThatWasMadeAnewIsAnother() {
    use(run(1, A), A, A, 10);
    StreamedTable anew =
        new StreamedTable(
            TABLE,
            8,
            streamed(A, A).columns(),
            A.key(),
            new Definition(8, A.columns(), A.key(), false, Set.of(), Set.of(1), "f9", "a9"));
    run(1, A).of(anew, 20);
    assertThat(reasons).containsExactly("it was dropped and made anew");
  }

  @Test
  void anotherKeyNeedsTheRows() {
    Definition other =
        new Definition(7, A.columns(), List.of("a"), false, Set.of(), Set.of(1), "f1", "a1");
    assertThat(reasonFor(A, other)).contains("[id]", "[a]");
  }

  @Test
  void aKeyWithMoreDigitsNeedsTheRows() {
    Definition before = keyed(8, "a1");
    assertThat(reasonFor(before, keyed(9, "a2"))).contains("`id`");
  }

  private static Definition keyed(int digits, String attributes) {
    PostgresType numeric = new PostgresType("numeric", digits, 2);
    return new Definition(
        7,
        List.of(new Column("id", numeric, false, 1)),
        List.of("id"),
        false,
        Set.of(),
        Set.of(1),
        "f1",
        attributes);
  }

  /** ClickHouse renames no column that a table is sorted by, so the table is made anew there. */
  @Test
  void aRenamedKeyNeedsTheRows() {
    Definition renamed =
        new Definition(
            7,
            List.of(new Column("key", PostgresType.of("int4"), false, 1), A.columns().get(1)),
            List.of("key"),
            false,
            Set.of(),
            Set.of(1),
            "f1",
            "a2");
    assertThat(reasonFor(A, renamed)).contains("[id]", "[key]");
  }
}
