package dev.walcdc.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.capture.source.SourceCatalog.Shape;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TableSchemasTest {

  private static final TableName TABLE = new TableName("app", "t");
  private static final Shape A = shape(column("id", "int4", 1), column("a", "int4", 2));
  private static final Shape AB =
      shape(column("id", "int4", 1), column("a", "int4", 2), column("b", "text", 3));

  private final List<TableSchema> log = new ArrayList<>();

  private static Column column(String name, String type, int attnum) {
    return new Column(name, PostgresType.of(type), true, attnum);
  }

  private static Shape shape(Column... columns) {
    return new Shape(List.of(columns), List.of("id"));
  }

  private static List<String> names(Shape shape) {
    return shape.columns().stream().map(Column::name).toList();
  }

  /** A run of capture on what runs before it have published. */
  private TableSchemas run(int epoch, Shape catalog) {
    return new TableSchemas(table -> Optional.ofNullable(catalog), log, epoch);
  }

  private TableSchema use(TableSchemas schemas, Shape shape) {
    TableSchema used = schemas.of(TABLE, names(shape));
    log.addAll(schemas.takeUnpublished());
    return used;
  }

  @Test
  void theSameShapeKeepsItsSequenceAcrossRestarts() {
    TableSchema first = use(run(1, A), A);
    TableSchemas restarted = run(1, A);
    assertThat(use(restarted, A)).isEqualTo(first);
    assertThat(log).containsExactly(first);
    assertThat(first.sequence()).isEqualTo(1);
  }

  @Test
  void aChangeRaisesTheSequence() {
    use(run(1, A), A);
    assertThat(use(run(1, AB), AB).sequence()).isEqualTo(2);
  }

  @Test
  void anEpochHasSchemasOfItsOwn() {
    use(run(1, A), A);
    TableSchema next = use(run(2, A), A);
    assertThat(next.epoch()).isEqualTo(2);
    assertThat(next.sequence()).isEqualTo(2);
  }

  /** A restart reads rows from before the change again; the table does not go back for them. */
  @Test
  void changesThatComeAgainKeepTheSchemaOfTheirTime() {
    TableSchema before = use(run(1, A), A);
    TableSchema after = use(run(1, AB), AB);
    TableSchemas restarted = run(1, AB);
    assertThat(use(restarted, A)).isEqualTo(before);
    assertThat(use(restarted, AB)).isEqualTo(after);
    assertThat(log).containsExactly(before, after);
  }

  @Test
  void changesThatComeAgainKeepTheTypesOfTheirTime() {
    TableSchema before = use(run(1, A), A);
    Shape wider = shape(column("id", "int4", 1), column("a", "int8", 2), column("b", "text", 3));
    assertThat(use(run(1, wider), A)).isEqualTo(before);
  }

  @Test
  void aColumnThatGoesIsAChange() {
    TableSchemas schemas = run(1, AB);
    use(schemas, A);
    use(schemas, AB);
    TableSchemas dropped = run(1, A);
    use(dropped, A);
    use(dropped, AB);
    assertThat(use(dropped, A).sequence()).isEqualTo(3);
  }

  @Test
  void aColumnThatTheCatalogHasNoMoreIsText() {
    Shape gone = shape(column("id", "int4", 1), column("a", "int4", 2), column("z", "int8", 3));
    TableSchema schema = use(run(1, A), gone);
    assertThat(schema.columns().get(2))
        .isEqualTo(new Column("z", PostgresType.of("text"), true, 0));
    assertThat(schema.key()).containsExactly("id");
  }

  @Test
  void aTableThatIsGoneStillHasItsColumns() {
    assertThat(use(run(1, null), A).columns()).extracting(Column::name).containsExactly("id", "a");
    assertThat(run(1, null).latest(TABLE)).isEmpty();
  }

  /**
   * A fence that names what the catalog says by then would add columns, and the next row drop them.
   */
  @Test
  void theLatestSchemaIsTheOneOfTheLatestChange() {
    use(run(1, A), A);
    TableSchemas lagging = run(1, AB);
    TableSchema used = use(lagging, A);
    assertThat(lagging.latest(TABLE)).contains(used);
    assertThat(lagging.takeUnpublished()).isEmpty();
    assertThat(run(1, AB).latest(TABLE).orElseThrow().columns()).isEqualTo(AB.columns());
  }

  @Test
  void aSourceThatDoesNotAnswerIsNamed() {
    TableSchemas schemas =
        new TableSchemas(
            table -> {
              throw new SQLException("connection refused");
            },
            List.of(),
            1);
    assertThatThrownBy(() -> schemas.of(TABLE, List.of("id")))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("app.t")
        .hasMessageContaining("connection refused");
  }
}
