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
  void keepsADroppedColumn() {
    sink.apply(batch(users(1, 1, column("age", "int4", 3)), 2, create(10, 1L, "a", 7)));
    sink.apply(batch(users(1, 2), 3, create(11, 2L, "b")));

    assertThat(lake.rows(USERS))
        .containsExactly("{age=7, id=1, name=a}", "{age=null, id=2, name=b}");
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
    TableSchema renamed =
        new TableSchema(
            "app",
            "users",
            List.of(users().columns().get(0), column("full_name", "text", 2)),
            List.of("id"),
            1,
            2);
    TableSchema readded =
        new TableSchema(
            "app",
            "users",
            List.of(users().columns().get(0), column("name", "text", 9)),
            List.of("id"),
            1,
            2);
    TableSchema retyped =
        new TableSchema(
            "app",
            "users",
            List.of(users().columns().get(0), column("name", "int4", 2)),
            List.of("id"),
            1,
            2);
    return Stream.of(
        Arguments.of(rekeyed, "primary key"),
        Arguments.of(renamed, "was renamed at the source from `name`"),
        Arguments.of(readded, "dropped at the source and added again"),
        Arguments.of(retyped, "cannot turn string into int"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesTheRest(TableSchema schema, String reason) {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));

    assertThatThrownBy(() -> sink.apply(batch(schema, 3, update(11, 1L, null))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("app.users")
        .hasMessageContaining(reason);
    assertThat(lake.table(USERS).schema().columns()).hasSize(4);
  }

  @Test
  void refusesAColumnThatComesBack() {
    sink.apply(batch(users(1, 1, column("age", "int4", 0)), 2, create(10, 1L, "a", 7)));
    sink.apply(batch(users(1, 2), 3, create(11, 2L, "b")));

    assertThatThrownBy(
            () ->
                sink.apply(batch(users(1, 3, column("age", "int4", 0)), 4, create(12, 3L, "c", 8))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("added again");
  }
}
