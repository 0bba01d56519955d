package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.update;
import static dev.walcdc.iceberg.Changes.users;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaEvolutionTest {

  private final TestLake lake = TestLake.inMemory();
  private final TableSink sink = lake.sink(TOPIC);

  private static Column column(String name, String type, int attnum) {
    return Changes.column(name, type, attnum);
  }

  private static TableSchema table(long sequence, Column... columns) {
    return new TableSchema(
        "app", "users", List.of(columns), List.of(columns[0].name()), 1, sequence);
  }

  private static Column decimal(String name, String type, int length, int scale, int attnum) {
    return new Column(name, new PostgresType(type, length, scale), true, attnum);
  }

  @Test
  void addsColumns() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    sink.apply(batch(users(1, 2, column("age", "int4", 3)), 3, create(11, 2L, "b", 7)));

    assertThat(lake.rows(USERS))
        .containsExactly("{age=7, id=2, name=b}", "{age=null, id=1, name=a}");
  }

  @Test
  void widensTypes() {
    TableSchema narrow =
        users(
            1,
            1,
            column("n", "int4", 3),
            column("f", "float4", 4),
            decimal("d", "numeric", 4, 2, 5));
    TableSchema wide =
        users(
            1,
            2,
            column("n", "int8", 3),
            column("f", "float8", 4),
            decimal("d", "numeric", 20, 2, 5));
    sink.apply(batch(narrow, 2, create(10, 1L, "a", 1, 0.5f, new BigDecimal("1.00"))));
    sink.apply(batch(wide, 3, create(11, 2L, "b", 1L << 40, 0.1, new BigDecimal("1234567.00"))));
    // A replay brings rows under the older schema.
    sink.apply(batch(narrow, 4, create(10, 1L, "a", 1, 0.5f, new BigDecimal("1.00"))));

    assertThat(lake.rows(USERS))
        .containsExactly(
            "{d=1.00, f=0.5, id=1, n=1, name=a}",
            "{d=1234567.00, f=0.1, id=2, n=1099511627776, name=b}");
  }

  @Test
  void dropsAColumnWhichPastSnapshotsKeep() {
    TableSchema both = users(1, 1, column("age", "int4", 3));
    sink.apply(batch(both, 2, create(10, 1L, "a", 7)));
    sink.apply(batch(users(1, 2), 3, create(11, 2L, "b")));
    sink.apply(batch(both, 4, create(10, 3L, "c", 9)));

    assertThat(lake.rows(USERS))
        .containsExactly("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");
    long first = lake.table(USERS).history().get(0).snapshotId();
    assertThat(lake.table(USERS).schemas().get(lake.table(USERS).snapshot(first).schemaId()))
        .matches(schema -> schema.findField("age") != null);
  }

  @Test
  void renamesColumnsTheKeyAmongThem() {
    TableSchema renamed = table(2, column("key", "int8", 1), column("label", "text", 2));
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));
    sink.apply(batch(renamed, 3, update(12, 1L, "c")));
    // A replay brings rows under the older schema; the update of the key still finds its row.
    sink.apply(batch(users(), 4, create(11, 2L, "b")));
    sink.apply(batch(renamed, 5, update(13, 2L, "d")));

    assertThat(lake.rows(USERS)).containsExactly("{key=1, label=c}", "{key=2, label=d}");
  }

  @Test
  void swapsNames() {
    sink.apply(batch(users(1, 1, column("x", "text", 3)), 2, create(10, 1L, "a", "b")));
    sink.apply(
        batch(
            table(2, column("id", "int8", 1), column("x", "text", 2), column("name", "text", 3)),
            3,
            create(11, 2L, "c", "d")));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=b, x=a}", "{id=2, name=d, x=c}");
  }

  @Test
  void aColumnThatComesBackIsAnother() {
    sink.apply(batch(users(1, 1, column("age", "int4", 3)), 2, create(10, 1L, "a", 7)));
    sink.apply(batch(users(1, 2, column("age", "text", 4)), 3, create(11, 2L, "b", "old")));
    sink.apply(batch(users(1, 1, column("age", "int4", 3)), 4, create(10, 1L, "a", 7)));

    assertThat(lake.rows(USERS))
        .containsExactly("{age=null, id=1, name=a}", "{age=old, id=2, name=b}");
  }

  @Test
  void textStaysTextWhateverItsType() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    sink.apply(
        batch(
            table(
                2,
                column("id", "int8", 1),
                new Column("name", new PostgresType("varchar", 20, -1), true, 2)),
            3,
            create(11, 2L, "b")));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=a}", "{id=2, name=b}");
    assertThat(lake.table(USERS).schema().findField("name").doc()).isEqualTo("varchar(20)");
  }

  @Test
  void neverGoesBack() {
    TableSchema newer = users(1, 2, column("age", "int4", 3));
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    sink.apply(batch(newer, 3, create(11, 2L, "b", 7)));
    sink.apply(batch(users(), 4, create(10, 1L, "a")));

    assertThat(lake.table(USERS).properties().get("walcdc.schema")).contains("\"sequence\":2");
    assertThat(lake.rows(USERS)).hasSize(2);
  }

  @Test
  void survivesALostAnswer() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    lake.fault = Fault.once(Fault.commitsAndThrows(new CommitFailedException("lost")));

    sink.apply(batch(users(1, 2, column("age", "int4", 3)), 3, create(11, 2L, "b", 7)));

    assertThat(lake.rows(USERS)).hasSize(2);
  }

  static Stream<Arguments> refused() {
    TableSchema rekeyed =
        new TableSchema("app", "users", users().columns(), List.of("id", "name"), 1, 2);
    TableSchema retyped =
        new TableSchema(
            "app",
            "users",
            List.of(users().columns().get(0), column("name", "int4", 2)),
            List.of("id"),
            1,
            2);
    return Stream.of(
        Arguments.of(rekeyed, "primary key"), Arguments.of(retyped, "cannot turn string into int"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesTheRest(TableSchema schema, String reason) {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));

    assertThatThrownBy(() -> sink.apply(batch(schema, 3, update(11, 1L, null))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("app.users")
        .hasMessageContaining(reason);
    assertThat(lake.table(USERS).schema().columns()).hasSize(5);
  }

  @Test
  void leavesAColumnOfSomebodyElseAlone() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    lake.table(USERS).updateSchema().addColumn("age", Types.IntegerType.get()).commit();

    assertThatThrownBy(
            () ->
                sink.apply(batch(users(1, 3, column("age", "int4", 3)), 4, create(12, 3L, "c", 8))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("`age`")
        .hasMessageContaining("none of the source's");
  }
}
