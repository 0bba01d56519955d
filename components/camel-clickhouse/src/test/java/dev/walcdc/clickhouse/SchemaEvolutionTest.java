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
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaEvolutionTest {

  private static final TableName NAME = new TableName("s", "t");
  private static final Column ID = notNull("id", "int4");

  private static SchemaEvolution evolve(TableSchema from, TableSchema to) {
    return SchemaEvolution.of(TableLayout.of(NAME, from), to);
  }

  private static TableSchema table(Column... columns) {
    return schema("s", "t", List.of("id"), columns);
  }

  private static void refused(TableSchema from, TableSchema to, String reason) {
    assertThatThrownBy(() -> evolve(from, to))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("`s.t`", reason, "resync");
  }

  @Test
  void addsANullableColumn() {
    TableSchema from = table(ID);
    SchemaEvolution evolution = evolve(from, next(from, ID, nullable("a", "text")));
    assertThat(evolution.actions()).containsExactly("ADD COLUMN `a` Nullable(String)");
    assertThat(evolution.result().columns().get("a").sql()).isEqualTo("Nullable(String)");
  }

  @Test
  void widensIntegersAndNeverNarrowsThem() {
    TableSchema from = table(ID, notNull("a", "int2"), nullable("b", "int8"));
    TableSchema to = next(from, ID, notNull("a", "int8"), nullable("b", "int4"));
    assertThat(evolve(from, to).actions()).containsExactly("MODIFY COLUMN `a` Int64");
  }

  @Test
  void allowsNullAndNeverForbidsItAgain() {
    TableSchema from = table(ID, notNull("a", "text"), nullable("b", "text"));
    TableSchema to = next(from, ID, nullable("a", "text"), notNull("b", "text"));
    assertThat(evolve(from, to).actions()).containsExactly("MODIFY COLUMN `a` Nullable(String)");
  }

  @Test
  void keepsADroppedColumnAsNullable() {
    TableSchema from = table(ID, notNull("a", "int8"), nullable("b", "int8"));
    SchemaEvolution evolution = evolve(from, next(from, ID));
    assertThat(evolution.actions()).containsExactly("MODIFY COLUMN `a` Nullable(Int64)");
    assertThat(evolution.result().columns()).containsOnlyKeys("id", "a", "b");
  }

  @Test
  void refusesAColumnThatComesBackUnderItsName() {
    TableSchema from = table(ID, nullable("a", "int8"));
    TableSchema without = next(from, ID);
    TableLayout kept = evolve(from, without).result();
    assertThatThrownBy(() -> SchemaEvolution.of(kept, next(without, ID, nullable("a", "int8"))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("`a`", "was dropped");
  }

  @Test
  void textAndVarcharAreOne() {
    Column narrow = new Column("a", new PostgresType("varchar", 10, -1), true, 0);
    TableSchema from = table(ID, narrow);
    assertThat(evolve(from, next(from, ID, nullable("a", "text"))).actions()).isEmpty();
  }

  @Test
  void refusesWhatRewritesRowsAtTheSource() {
    TableSchema text = table(ID, nullable("a", "text"));
    refused(text, next(text, ID, nullable("a", "jsonb")), "from text to jsonb");
    refused(text, next(text, ID, nullable("a", "bytea")), "from text to bytea");
    TableSchema number = table(ID, new Column("a", new PostgresType("numeric", 10, 2), true, 0));
    refused(
        number,
        next(number, ID, new Column("a", new PostgresType("numeric", 12, 4), true, 0)),
        "from numeric(10,2) to numeric(12,4)");
  }

  @Test
  void refusesANewColumnWhoseValuesAreNotKnown() {
    TableSchema from = table(ID);
    refused(from, next(from, ID, notNull("a", "text")), "NOT NULL");
  }

  @Test
  void refusesAnotherKey() {
    TableSchema from = table(ID, notNull("a", "int8"));
    TableSchema to =
        new TableSchema("s", "t", List.of(ID, notNull("a", "int8")), List.of("a"), 1, 2);
    refused(from, to, "primary key");
    refused(from, next(from, notNull("id", "int8"), notNull("a", "int8")), "key column");
  }

  @Test
  void refusesARenameAndAReplacement() {
    TableSchema from = table(ID, new Column("a", PostgresType.of("text"), true, 2));
    refused(from, next(from, ID, new Column("b", PostgresType.of("text"), true, 2)), "renamed");
    refused(from, next(from, ID, new Column("a", PostgresType.of("text"), true, 3)), "anew");
  }
}
