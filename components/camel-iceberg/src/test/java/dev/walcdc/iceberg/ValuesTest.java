package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.SpecialValue;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ValuesTest {

  private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-0123456789ab");

  private final TestLake lake = TestLake.inMemory();

  private static TableSchema table(PostgresType type, PostgresType keyType) {
    return new TableSchema(
        "app",
        "things",
        List.of(new Column("k", keyType, false, 1), new Column("v", type, true, 2)),
        List.of("k"),
        1,
        1);
  }

  private static PostgresType type(String name) {
    return PostgresType.of(name);
  }

  static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of(type("bool"), true, true),
        Arguments.of(type("int2"), -7, -7),
        Arguments.of(type("int4"), Integer.MIN_VALUE, Integer.MIN_VALUE),
        Arguments.of(type("int8"), Long.MAX_VALUE, Long.MAX_VALUE),
        Arguments.of(
            new PostgresType("numeric", 12, 2), new BigDecimal("-1.10"), new BigDecimal("-1.10")),
        Arguments.of(
            new PostgresType("numeric", 38, 0),
            new BigDecimal("9".repeat(38)),
            new BigDecimal("9".repeat(38))),
        Arguments.of(type("date"), -1, LocalDate.of(1969, 12, 31)),
        Arguments.of(
            type("timestamp"), -1L, LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999_999_000)),
        Arguments.of(type("timestamptz"), 1L, OffsetDateTime.parse("1970-01-01T00:00:00.000001Z")),
        Arguments.of(type("uuid"), ID, ID),
        Arguments.of(type("bytea"), new byte[] {0, -1}, ByteBuffer.wrap(new byte[] {0, -1})),
        Arguments.of(type("interval"), "1 mon", "1 mon"));
  }

  @ParameterizedTest
  @MethodSource("values")
  void holdsThemAsKeyAndAsValue(PostgresType type, Object value, Object read) {
    TableSchema schema = table(type, type);
    TableSink sink = lake.sink("dbserver1.app.things");

    sink.apply(batch(schema, 2, create(10, value, value)));
    sink.apply(batch(schema, 3, update(11, value, value)));
    sink.apply(batch(schema, 4, update(12, value, null)));

    assertThat(records())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get(0)).isEqualTo(read);
              assertThat(row.get(1)).isNull();
            });
    sink.apply(batch(schema, 5, update(13, value, value)));
    assertThat(records()).singleElement().satisfies(row -> assertThat(row.get(1)).isEqualTo(read));
    sink.apply(batch(schema, 6, Changes.delete(14, value, null)));
    assertThat(records()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("values")
  void findsRowsToFillByAnyKey(PostgresType type, Object value, Object read) {
    TableSchema schema = table(type("text"), type);
    TableSink sink = lake.sink("dbserver1.app.things");
    sink.apply(batch(schema, 2, create(10, value, "long text")));

    sink.apply(batch(schema, 3, update(11, value, Unchanged.TOAST)));

    assertThat(records())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get(0)).isEqualTo(read);
              assertThat(row.get(1)).isEqualTo("long text");
              assertThat(row.getField("_lsn")).isEqualTo(11L);
            });
  }

  static Stream<Arguments> floats() {
    return Stream.of(
        Arguments.of(type("float4"), Float.NaN),
        Arguments.of(type("float4"), -0.0f),
        Arguments.of(type("float8"), Double.NEGATIVE_INFINITY),
        Arguments.of(type("float8"), Double.MIN_VALUE));
  }

  @ParameterizedTest
  @MethodSource("floats")
  void holdsFloats(PostgresType type, Object value) {
    lake.sink("dbserver1.app.things")
        .apply(batch(table(type, type("int4")), 2, create(10, 1, value)));

    assertThat(records()).singleElement().satisfies(row -> assertThat(row.get(1)).isEqualTo(value));
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        Arguments.of(type("date"), SpecialValue.INFINITY, "`infinity` is no date"),
        Arguments.of(type("timestamp"), SpecialValue.INFINITY, "`infinity` is no timestamp"),
        Arguments.of(type("timestamptz"), SpecialValue.MINUS_INFINITY, "wideColumns"),
        Arguments.of(
            new PostgresType("numeric", 4, 2), SpecialValue.NAN, "`NaN` is no decimal(4, 2)"),
        Arguments.of(new PostgresType("numeric", 4, 2), new BigDecimal("1234.00"), "decimal(4, 2)"),
        Arguments.of(new PostgresType("numeric", 4, 2), new BigDecimal("1.0"), "decimal(4, 2)"),
        Arguments.of(type("int4"), "x", "cast"),
        Arguments.of(type("text"), Unchanged.TOAST, "REPLICA IDENTITY FULL"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void refusesWhatIcebergCannotHold(PostgresType type, Object value, String reason) {
    TableSchema schema = table(type, type("int4"));
    TableSink sink = lake.sink("dbserver1.app.things");

    assertThatThrownBy(() -> sink.apply(batch(schema, 2, create(10, 77, value))))
        .isInstanceOfSatisfying(
            RefusedChangeException.class,
            e -> {
              assertThat(e.table()).isEqualTo("app.things");
              assertThat(e.change()).get().satisfies(c -> assertThat(c.row()[0]).isEqualTo(77));
            })
        .hasMessageContaining("app.things")
        .hasMessageContaining("`v`")
        .hasMessageContaining("77")
        .hasMessageContaining(reason);
    assertThat(lake.snapshot(TableIdentifier.of("app", "things"))).isNull();
  }

  @Test
  void refusesTablesThatIcebergCannotHold() {
    TableSink sink = lake.sink("dbserver1.app.things");

    assertThatThrownBy(
            () -> sink.apply(batch(table(type("int4"), type("float8")), 2, create(10, 1.0, 1))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("floating-point");
    TableSchema reserved =
        new TableSchema(
            "app", "things", List.of(new Column("_lsn", type("int8"), true, 1)), List.of(), 1, 1);
    assertThatThrownBy(() -> sink.apply(batch(reserved, 2, create(10, 1L))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("reserves");
  }

  @Test
  void tellsKeysOfSeveralColumnsApart() {
    TableSchema schema =
        new TableSchema(
            "app",
            "things",
            List.of(
                new Column("v", type("text"), true, 1),
                new Column("b", type("text"), false, 2),
                new Column("a", type("int4"), false, 3)),
            List.of("a", "b"),
            1,
            1);
    TableSink sink = lake.sink("dbserver1.app.things");
    sink.apply(
        batch(
            schema,
            2,
            create(10, "1x", "x", 1),
            create(11, "1y", "y", 1),
            create(12, "2x", "x", 2)));

    sink.apply(
        batch(schema, 3, update(13, Unchanged.TOAST, "x", 2), Changes.delete(14, null, "x", 1)));

    assertThat(records()).extracting(row -> row.get(0)).containsExactlyInAnyOrder("1y", "2x");
  }

  private List<Record> records() {
    List<Record> records = new ArrayList<>();
    try (CloseableIterable<Record> all =
        IcebergGenerics.read(lake.table(TableIdentifier.of("app", "things"))).build()) {
      all.forEach(records::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return records;
  }
}
