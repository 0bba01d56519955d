package dev.walcdc.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TableSchemaTest {

  private static final TableSchema USERS =
      new TableSchema(
          "app",
          "users",
          List.of(
              new Column("id", PostgresType.of("int8"), false, 1),
              new Column("price", new PostgresType("NUMERIC", 10, 2), true, 4)),
          List.of("id"),
          1,
          7);

  @Provide
  Arbitrary<TableSchema> schemas() {
    Arbitrary<String> names = Arbitraries.strings().ofMinLength(1).ofMaxLength(8);
    Arbitrary<PostgresType> types =
        Combinators.combine(
                Arbitraries.of("int8", "numeric", "varchar", "_text", "größe"),
                Arbitraries.integers().between(-1, 1000),
                Arbitraries.integers().between(-1, 1000))
            .as(PostgresType::new);
    Arbitrary<List<Column>> columns =
        Combinators.combine(names, types, Arbitraries.of(true, false), Arbitraries.integers())
            .as(Column::new)
            .list()
            .uniqueElements(Column::name)
            .ofMinSize(1)
            .ofMaxSize(5);
    return Combinators.combine(
            names,
            names,
            columns,
            Arbitraries.integers().between(0, 5),
            Arbitraries.integers().between(1, 0xFFFF),
            Arbitraries.longs().greaterOrEqual(0))
        .as(
            (schema, table, list, keys, epoch, sequence) ->
                new TableSchema(
                    schema,
                    table,
                    list,
                    list.stream().limit(keys).map(Column::name).toList(),
                    epoch,
                    sequence));
  }

  @Property(tries = 200, seed = "20261101")
  void comesBackFromJsonAsItWas(@ForAll("schemas") TableSchema schema) {
    TableSchema copy = TableSchema.fromJson(schema.toJson());

    assertThat(copy).isEqualTo(schema);
    assertThat(copy.fingerprint()).isEqualTo(schema.fingerprint()).matches("[0-9a-f]{16}");
  }

  /** Schemas that are on topics already must keep their names: this never changes. */
  @Example
  void fingerprintIsFixedForEver() {
    assertThat(new String(USERS.toJson(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"columns\":[{\"attnum\":1,\"name\":\"id\",\"nullable\":false,\"type\":{\"length\":-1,\"name\":\"int8\",\"scale\":-1}},"
                + "{\"attnum\":4,\"name\":\"price\",\"nullable\":true,\"type\":{\"length\":10,\"name\":\"numeric\",\"scale\":2}}],"
                + "\"epoch\":1,\"key\":[\"id\"],\"schema\":\"app\",\"sequence\":7,\"table\":\"users\"}");
    assertThat(USERS.fingerprint()).isEqualTo("475a2b73398275b6");
  }

  @Example
  void fingerprintTellsEveryPartApart() {
    List<Column> columns = USERS.columns();
    List<Column> swapped = List.of(columns.get(1), columns.get(0));
    Column renamed = new Column("ident", PostgresType.of("int8"), false, 1);
    Column nullable = new Column("id", PostgresType.of("int8"), true, 1);
    Column retyped = new Column("id", PostgresType.of("int4"), false, 1);
    Column moved = new Column("id", PostgresType.of("int8"), false, 2);
    Set<String> fingerprints = new HashSet<>();
    List<TableSchema> all =
        List.of(
            USERS,
            new TableSchema("other", "users", columns, List.of("id"), 1, 7),
            new TableSchema("app", "other", columns, List.of("id"), 1, 7),
            new TableSchema("app", "users", swapped, List.of("id"), 1, 7),
            new TableSchema("app", "users", List.of(renamed), List.of("ident"), 1, 7),
            new TableSchema("app", "users", List.of(nullable), List.of("id"), 1, 7),
            new TableSchema("app", "users", List.of(retyped), List.of("id"), 1, 7),
            new TableSchema("app", "users", List.of(moved), List.of("id"), 1, 7),
            new TableSchema("app", "users", columns, List.of(), 1, 7),
            new TableSchema("app", "users", columns, List.of("id", "price"), 1, 7),
            new TableSchema("app", "users", columns, List.of("price", "id"), 1, 7),
            new TableSchema("app", "users", columns, List.of("id"), 2, 7),
            new TableSchema("app", "users", columns, List.of("id"), 1, 8));
    all.forEach(schema -> fingerprints.add(schema.fingerprint()));

    assertThat(fingerprints).hasSameSizeAs(all);
  }

  @Example
  void sameShapeLooksAwayFromEpochAndSequence() {
    assertThat(
            USERS.sameShape(new TableSchema("app", "users", USERS.columns(), List.of("id"), 9, 9)))
        .isTrue();
    assertThat(USERS.sameShape(new TableSchema("app", "users", USERS.columns(), List.of(), 1, 7)))
        .isFalse();
  }

  @Example
  void knowsWhereItsKeyIs() {
    TableSchema schema =
        new TableSchema("app", "users", USERS.columns(), List.of("price", "id"), 1, 7);

    assertThat(schema.keyIndexes()).containsExactly(1, 0);
    assertThat(schema.hasKey()).isTrue();
    assertThat(schema.qualifiedName()).isEqualTo("app.users");
  }

  @Example
  void refusesAKeyThatIsNoColumn() {
    assertThatThrownBy(
            () -> new TableSchema("app", "users", USERS.columns(), List.of("nope"), 1, 7))
        .hasMessageContaining("`nope`")
        .hasMessageContaining("`app.users`");
  }

  @Example
  void refusesJsonThatIsNoSchema() {
    for (String json : List.of("", "null", "{", "[]", "{}", "{\"columns\":[],\"key\":[\"x\"]}")) {
      assertThatThrownBy(() -> TableSchema.fromJson(json.getBytes(StandardCharsets.UTF_8)))
          .as(json)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Not a table schema");
    }
  }

  @Example
  void boundsDecimals() {
    assertThat(new PostgresType("numeric", 38, 38).carrier()).isEqualTo(Carrier.DECIMAL);
    assertThat(new PostgresType("numeric", 39, 2).carrier()).isEqualTo(Carrier.TEXT);
    assertThat(new PostgresType("numeric", 3, 5).carrier()).isEqualTo(Carrier.TEXT);
    assertThat(new PostgresType("numeric", 3, -2).carrier()).isEqualTo(Carrier.TEXT);
    assertThat(PostgresType.of("numeric").carrier()).isEqualTo(Carrier.TEXT);
    assertThat(PostgresType.of("money").carrier()).isEqualTo(Carrier.TEXT);
  }
}
