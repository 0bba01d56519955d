package dev.walcdc.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.schema.TableSchema.Origin;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaChangeTest {

  private static Column column(String name, String type, int number) {
    return new Column(name, PostgresType.of(type), true, number);
  }

  private static TableSchema table(List<String> key, Column... columns) {
    return new TableSchema("s", "t", List.of(columns), key, 1, 1);
  }

  private static TableSchema table(long oid, Column... columns) {
    return new TableSchema(
        "s", "t", List.of(columns), List.of("id"), 1, 1, new Origin(0, oid, "", ""));
  }

  private static final Column ID = column("id", "int4", 1);

  private static List<String> kept(SchemaChange change) {
    return change.kept().stream().map(k -> k.before().name() + ">" + k.after().name()).toList();
  }

  @Test
  void anotherNameUnderTheSameNumberIsARename() {
    SchemaChange change =
        SchemaChange.between(
            table(List.of("id"), ID, column("a", "text", 2)),
            table(List.of("id"), ID, column("b", "text", 2)));
    assertThat(kept(change)).containsExactly("id>id", "a>b");
    assertThat(change.added()).isEmpty();
    assertThat(change.dropped()).isEmpty();
  }

  @Test
  void theSameNameUnderAnotherNumberIsAnotherColumn() {
    SchemaChange change =
        SchemaChange.between(
            table(List.of("id"), ID, column("a", "text", 2)),
            table(List.of("id"), ID, column("a", "text", 3)));
    assertThat(kept(change)).containsExactly("id>id");
    assertThat(change.added()).containsExactly(column("a", "text", 3));
    assertThat(change.dropped()).containsExactly(column("a", "text", 2));
  }

  @Test
  void namesThatAreSwappedAreTwoRenames() {
    SchemaChange change =
        SchemaChange.between(
            table(List.of("id"), ID, column("a", "text", 2), column("b", "text", 3)),
            table(List.of("id"), ID, column("b", "text", 2), column("a", "text", 3)));
    assertThat(kept(change)).containsExactly("id>id", "a>b", "b>a");
  }

  @Test
  void withoutNumbersNamesDecide() {
    SchemaChange change =
        SchemaChange.between(
            table(List.of("id"), column("id", "int4", 0), column("a", "text", 0)),
            table(List.of("id"), ID, column("a", "text", 5), column("b", "text", 6)));
    assertThat(kept(change)).containsExactly("id>id", "a>a");
    assertThat(change.added()).containsExactly(column("b", "text", 6));
  }

  /** Its numbers begin anew, and mean nothing to the table that had the name before. */
  @Test
  void ofAnotherTableOfTheNameNamesDecide() {
    Column a = column("a", "text", 3);
    SchemaChange change =
        SchemaChange.between(
            table(7, ID, a), table(8, column("a", "text", 1), column("id", "int4", 2)));
    assertThat(kept(change)).containsExactly("a>a", "id>id");
    assertThat(change.added()).isEmpty();
    assertThat(kept(SchemaChange.between(table(7, ID, a), table(7, ID, column("b", "text", 3)))))
        .containsExactly("id>id", "a>b");
  }

  @Test
  void theKeyIsTheSameUnderAnotherNameAndNotInAnotherOrder() {
    Column a = column("a", "int4", 2);
    TableSchema from = table(List.of("id", "a"), ID, a);
    assertThat(
            SchemaChange.between(from, table(List.of("key", "a"), column("key", "int4", 1), a))
                .keepsKey())
        .isTrue();
    assertThat(SchemaChange.between(from, table(List.of("a", "id"), ID, a)).keepsKey()).isFalse();
    assertThat(SchemaChange.between(from, table(List.of("id"), ID, a)).keepsKey()).isFalse();
    assertThat(SchemaChange.between(from, table(List.of(), ID, a)).keepsKey()).isFalse();
  }

  @Test
  void numbersOfOneFamilyAreOfOneKindAndNothingElseIs() {
    assertThat(new SchemaChange.Kept(ID, column("id", "int8", 1)).isOneKind()).isTrue();
    assertThat(
            new SchemaChange.Kept(column("f", "float4", 1), column("f", "float8", 1)).isOneKind())
        .isTrue();
    assertThat(new SchemaChange.Kept(ID, column("id", "text", 1)).isOneKind()).isFalse();
    assertThat(new SchemaChange.Kept(column("b", "bytea", 1), column("b", "text", 1)).isOneKind())
        .isFalse();
  }
}
