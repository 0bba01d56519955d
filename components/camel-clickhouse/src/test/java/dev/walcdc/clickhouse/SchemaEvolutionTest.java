package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.next;
import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.nullable;
import static dev.walcdc.clickhouse.Changes.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaEvolutionTest {

  private static final TableName NAME = new TableName("s", "t");
  private static final Column ID = notNull("id", "int4");

  private static TableSchema table(Column... columns) {
    return schema("s", "t", List.of("id"), columns);
  }

  private static Column text(String name, int attnum) {
    return new Column(name, PostgresType.of("text"), true, attnum);
  }

  private static Column numeric(int precision, int scale) {
    return new Column("a", new PostgresType("numeric", precision, scale), true, 0);
  }

  /** The statements on the way from one schema to the other. */
  private static List<List<String>> way(TableSchema from, TableSchema to) {
    List<List<String>> steps = new ArrayList<>();
    TableLayout layout = TableLayout.of(NAME, from);
    while (!layout.applied().equals(to)) {
      SchemaEvolution step = SchemaEvolution.next(layout, to);
      steps.add(step.actions());
      layout = step.result();
    }
    assertThat(layout.columns().keySet())
        .containsExactlyInAnyOrderElementsOf(to.columns().stream().map(Column::name).toList());
    return steps;
  }

  private static void refused(TableSchema from, TableSchema to, String reason) {
    assertThatThrownBy(() -> SchemaEvolution.next(TableLayout.of(NAME, from), to))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("`s.t`", reason, "resync");
  }

  @Test
  void addsAColumnThatOldRowsHaveNoValueFor() {
    TableSchema from = table(ID);
    assertThat(way(from, next(from, ID, notNull("a", "text"))))
        .containsExactly(List.of("ADD COLUMN `a` Nullable(String)"));
  }

  @Test
  void widensNumbersAndNeverNarrowsThem() {
    TableSchema from =
        table(ID, notNull("a", "int2"), nullable("b", "int8"), notNull("f", "float4"));
    TableSchema to =
        next(from, ID, notNull("a", "int8"), nullable("b", "int4"), notNull("f", "float8"));
    assertThat(way(from, to))
        .containsExactly(List.of("MODIFY COLUMN `a` Int64", "MODIFY COLUMN `f` Float64"));
  }

  @Test
  void aDecimalHoldsBothWhatWasAndWhatComes() {
    TableSchema from = table(ID, numeric(10, 2));
    assertThat(way(from, next(from, ID, numeric(12, 2))))
        .containsExactly(List.of("MODIFY COLUMN `a` Nullable(Decimal(12, 2))"));
    assertThat(way(from, next(from, ID, numeric(10, 4))))
        .containsExactly(List.of("MODIFY COLUMN `a` Nullable(Decimal(12, 4))"));
    assertThat(way(from, next(from, ID, numeric(8, 1)))).containsExactly(List.of());
    refused(from, next(from, ID, numeric(38, 38)), "from numeric(10,2) to numeric(38,38)");
  }

  @Test
  void allowsNullAndNeverForbidsItAgain() {
    TableSchema from = table(ID, notNull("a", "text"), nullable("b", "text"));
    TableSchema to = next(from, ID, nullable("a", "text"), notNull("b", "text"));
    assertThat(way(from, to)).containsExactly(List.of("MODIFY COLUMN `a` Nullable(String)"));
  }

  @Test
  void dropsBeforeAllElse() {
    TableSchema from = table(ID, text("a", 2), text("b", 3));
    assertThat(way(from, next(from, ID, text("a", 3), text("b", 4))))
        .containsExactly(
            List.of("DROP COLUMN `a`"),
            List.of("RENAME COLUMN `b` TO `a`"),
            List.of("ADD COLUMN `b` Nullable(String)"));
  }

  @Test
  void aColumnThatComesBackIsAnother() {
    TableSchema from = table(ID, text("a", 2));
    assertThat(way(from, next(from, ID, text("a", 3))))
        .containsExactly(List.of("DROP COLUMN `a`"), List.of("ADD COLUMN `a` Nullable(String)"));
  }

  @Test
  void namesAreSwappedByAThird() {
    TableSchema from = table(ID, text("a", 2), text("b", 3));
    List<List<String>> way = way(from, next(from, ID, text("b", 2), text("a", 3)));
    assertThat(way).hasSize(3);
    assertThat(way.get(0))
        .containsExactlyInAnyOrder(
            "RENAME COLUMN `a` TO `_walcdc_renamed_2`", "RENAME COLUMN `b` TO `_walcdc_renamed_3`");
    assertThat(way.get(1))
        .containsExactlyInAnyOrder(
            "RENAME COLUMN `_walcdc_renamed_2` TO `b`", "RENAME COLUMN `_walcdc_renamed_3` TO `a`");
  }

  @Test
  void textAndVarcharAreOne() {
    TableSchema from = table(ID, new Column("a", new PostgresType("varchar", 10, -1), true, 0));
    assertThat(way(from, next(from, ID, nullable("a", "text")))).containsExactly(List.of());
  }

  @Test
  void refusesValuesOfAnotherKind() {
    TableSchema text = table(ID, nullable("a", "text"));
    refused(text, next(text, ID, nullable("a", "int4")), "from text to int4");
    refused(text, next(text, ID, nullable("a", "bytea")), "from text to bytea");
  }

  @Test
  void refusesTheNameOfAColumnOfSomebodyElse() {
    TableSchema from = table(ID);
    Map<String, ClickHouseType> columns = new HashMap<>(TableLayout.typesOf(from));
    columns.put("mine", ClickHouseType.of(ClickHouseType.Kind.STRING));
    assertThatThrownBy(
            () ->
                SchemaEvolution.next(
                    new TableLayout(NAME, from, columns), next(from, ID, nullable("mine", "text"))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("`mine`", "none of the source's");
  }

  @Test
  void refusesAnotherKey() {
    TableSchema from = table(ID, notNull("a", "int8"));
    TableSchema to =
        new TableSchema("s", "t", List.of(ID, notNull("a", "int8")), List.of("a"), 1, 2);
    refused(from, to, "primary key");
    refused(from, next(from, notNull("id", "int8"), notNull("a", "int8")), "key column");
    TableSchema numbered = table(new Column("id", PostgresType.of("int4"), false, 1), text("a", 2));
    refused(
        numbered,
        new TableSchema(
            "s",
            "t",
            List.of(new Column("key", PostgresType.of("int4"), false, 1), text("a", 2)),
            List.of("key"),
            1,
            2),
        "renames no key column");
  }
}
