package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.create;
import static dev.walcdc.clickhouse.Changes.delete;
import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.nullable;
import static dev.walcdc.clickhouse.Changes.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.SpecialValue;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes are those of ClickHouse's description of RowBinary, not those of our own decoder. */
class RowBinaryEncoderTest {

  private static final long MICROS_A_DAY = 86_400_000_000L;

  static List<Arguments> values() {
    return List.of(
        Arguments.of(PostgresType.of("bool"), true, "01"),
        Arguments.of(PostgresType.of("int2"), -2, "feff"),
        Arguments.of(PostgresType.of("int4"), 0x01020304, "04030201"),
        Arguments.of(PostgresType.of("int8"), Long.MIN_VALUE, "0000000000000080"),
        Arguments.of(PostgresType.of("float4"), 1.5f, "0000c03f"),
        Arguments.of(PostgresType.of("float8"), -2.0d, "00000000000000c0"),
        Arguments.of(new PostgresType("numeric", 9, 2), new BigDecimal("-0.01"), "ffffffff"),
        Arguments.of(
            new PostgresType("numeric", 18, 2), new BigDecimal("1.00"), "6400000000000000"),
        Arguments.of(
            new PostgresType("numeric", 38, 0),
            new BigDecimal("-18446744073709551616"),
            "0000000000000000ffffffffffffffff"),
        Arguments.of(PostgresType.of("date"), -1, "ffffffff"),
        Arguments.of(PostgresType.of("timestamp"), 1L, "0100000000000000"),
        Arguments.of(PostgresType.of("timestamptz"), -1L, "ffffffffffffffff"),
        Arguments.of(
            PostgresType.of("uuid"),
            UUID.fromString("61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
            "e711b35c04c4f061" + "a0dbd36a00a67b90"),
        Arguments.of(PostgresType.of("bytea"), new byte[] {0, (byte) 0xff}, "0200ff"),
        Arguments.of(PostgresType.of("text"), "aé", "0361c3a9"),
        Arguments.of(PostgresType.of("text"), "", "00"));
  }

  @ParameterizedTest
  @MethodSource("values")
  void writesEachCarrierAsRowBinaryWants(PostgresType type, Object value, String hex)
      throws IOException {
    TableSchema notNull =
        schema("s", "t", List.of("id"), notNull("id", "int2"), new Column("v", type, false, 0));
    assertThat(encoded(notNull, create(5, 1, value))).startsWith("0100" + hex);
    TableSchema nullable =
        schema("s", "t", List.of("id"), notNull("id", "int2"), new Column("v", type, true, 0));
    assertThat(encoded(nullable, create(5, 1, value))).startsWith("010000" + hex);
    assertThat(encoded(nullable, create(5, 1, null))).startsWith("010001");
  }

  @Test
  void endsEachRowWithVersionMarkAndTime() throws IOException {
    TableSchema schema = schema("s", "t", List.of("id"), notNull("id", "int2"));
    RowChange change =
        RowChange.of(
            new ChangePoint(
                Operation.DELETE, new Version(0x0102030405060708L, 0x1112131415161718L), 0),
            new Object[] {1},
            0,
            0,
            2);
    assertThat(encoded(schema, change))
        .isEqualTo("0100" + "1817161514131211" + "0807060504030201" + "01" + "0200000000000000");
  }

  @Test
  void addsThePlaceInTheWalWhereThereIsNoKey() throws IOException {
    TableSchema schema = schema("s", "t", List.of(), notNull("a", "int2"));
    RowChange change =
        RowChange.of(
            new ChangePoint(Operation.CREATE, Version.of(3, 8, 9), 7), new Object[] {1}, 0, 0, 0);
    assertThat(encoded(schema, change)).endsWith("0300" + "0900000000000000" + "0700000000000000");
  }

  @Test
  void aTombstoneHasItsKeyAndNothingElse() throws IOException {
    TableSchema schema =
        schema(
            "s",
            "t",
            List.of("id"),
            notNull("name", "text"),
            notNull("id", "int2"),
            nullable("note", "text"),
            notNull("at", "timestamp"),
            new Column("n", new PostgresType("numeric", 38, 2), false, 0));
    Object[] full = {"x", 1, Unchanged.TOAST, Long.MAX_VALUE, null};
    assertThat(encoded(schema, delete(5, full)))
        .startsWith("00" + "0100" + "01" + "00".repeat(8) + "00".repeat(16));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 127, 128, 16_383, 16_384, 65_531, 65_536, 200_000})
  void writesTextsOfAnyLength(int length) throws IOException {
    for (String unit : List.of("a", "é", "漢")) {
      TableSchema schema = schema("s", "t", List.of("id"), notNull("id", "text"));
      String text = unit.repeat(length);
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      byte[] row = HexFormat.of().parseHex(encoded(schema, create(5, text)));
      int at = 0;
      int read = 0;
      for (int shift = 0; ; shift += 7) {
        read |= (row[at] & 0x7f) << shift;
        if (row[at++] >= 0) {
          break;
        }
      }
      assertThat(read).isEqualTo(utf8.length);
      assertThat(Arrays.copyOfRange(row, at, at + read)).isEqualTo(utf8);
    }
  }

  static List<Arguments> unfit() {
    long firstMicros = LocalDate.of(1900, 1, 1).toEpochDay() * MICROS_A_DAY;
    long endMicros = LocalDate.of(2300, 1, 1).toEpochDay() * MICROS_A_DAY;
    return List.of(
        Arguments.of(
            PostgresType.of("date"), (int) LocalDate.of(1899, 12, 31).toEpochDay(), "date"),
        Arguments.of(PostgresType.of("date"), (int) LocalDate.of(2300, 1, 1).toEpochDay(), "date"),
        Arguments.of(PostgresType.of("timestamp"), firstMicros - 1, "timestamp"),
        Arguments.of(PostgresType.of("timestamp"), endMicros, "timestamp"),
        Arguments.of(PostgresType.of("timestamptz"), firstMicros - 1, "timestamp"),
        Arguments.of(PostgresType.of("timestamptz"), endMicros, "timestamp"),
        Arguments.of(PostgresType.of("timestamptz"), Long.MAX_VALUE, "timestamp"),
        Arguments.of(PostgresType.of("timestamptz"), Long.MIN_VALUE, "timestamp"),
        Arguments.of(new PostgresType("numeric", 4, 2), new BigDecimal("100.00"), "Decimal(4, 2)"),
        Arguments.of(new PostgresType("numeric", 4, 2), new BigDecimal("1.001"), "Decimal(4, 2)"),
        Arguments.of(
            new PostgresType("numeric", 18, 0),
            BigDecimal.valueOf(Long.MIN_VALUE),
            "Decimal(18, 0)"),
        Arguments.of(new PostgresType("numeric", 38, 0), BigDecimal.TEN.pow(38), "Decimal(38, 0)"),
        Arguments.of(PostgresType.of("date"), SpecialValue.INFINITY, "`infinity`"),
        Arguments.of(PostgresType.of("timestamp"), SpecialValue.MINUS_INFINITY, "wideColumns"),
        Arguments.of(PostgresType.of("timestamptz"), SpecialValue.INFINITY, "`infinity`"),
        Arguments.of(new PostgresType("numeric", 4, 2), SpecialValue.NAN, "`NaN`"),
        Arguments.of(PostgresType.of("int2"), 40_000, "16 bits"),
        Arguments.of(PostgresType.of("text"), "a\ud800", "surrogate"),
        Arguments.of(PostgresType.of("text"), Unchanged.TOAST, "Unchanged"),
        Arguments.of(PostgresType.of("int8"), "7", "String"),
        Arguments.of(PostgresType.of("int8"), null, "NULL"));
  }

  @ParameterizedTest
  @MethodSource("unfit")
  void refusesWhatTheColumnCannotHold(PostgresType type, Object value, String kind) {
    TableSchema schema =
        schema(
            "app", "users", List.of("id"), notNull("id", "int8"), new Column("v", type, false, 0));
    RowChange change = create(5, 42L, value);
    assertThatThrownBy(() -> encoded(schema, change))
        .isInstanceOfSatisfying(
            RefusedChangeException.class,
            e -> assertThat(e.change().orElseThrow()).isSameAs(change))
        .hasMessageContainingAll("`app.users`", "`v`", "id=42", "at the source")
        .satisfies(
            e -> {
              if (value != Unchanged.TOAST) {
                assertThat(e).hasMessageContaining(kind);
              }
            });
  }

  static List<Arguments> fit() {
    return List.of(
        Arguments.of(PostgresType.of("date"), (int) LocalDate.of(1900, 1, 1).toEpochDay()),
        Arguments.of(PostgresType.of("date"), (int) LocalDate.of(2299, 12, 31).toEpochDay()),
        Arguments.of(
            PostgresType.of("timestamp"), LocalDate.of(1900, 1, 1).toEpochDay() * MICROS_A_DAY),
        Arguments.of(
            PostgresType.of("timestamp"), LocalDate.of(2300, 1, 1).toEpochDay() * MICROS_A_DAY - 1),
        Arguments.of(new PostgresType("numeric", 4, 2), new BigDecimal("-99.99")),
        Arguments.of(new PostgresType("numeric", 4, 2), new BigDecimal("1")),
        Arguments.of(
            new PostgresType("numeric", 38, 0), BigDecimal.TEN.pow(38).subtract(BigDecimal.ONE)));
  }

  @ParameterizedTest
  @MethodSource("fit")
  void takesWhatTheColumnJustHolds(PostgresType type, Object value) throws IOException {
    TableSchema schema =
        schema("s", "t", List.of("id"), notNull("id", "int8"), new Column("v", type, false, 0));
    assertThat(encoded(schema, create(5, 1L, value))).isNotEmpty();
  }

  @Test
  void anOlderSchemaFitsIntoAWiderTable() throws IOException {
    TableSchema old = schema("s", "t", List.of("id"), notNull("id", "int2"), notNull("v", "int2"));
    TableSchema wide =
        Changes.next(old, notNull("id", "int2"), nullable("v", "int8"), nullable("w", "text"));
    RowBinaryEncoder encoder =
        new RowBinaryEncoder(old, TableLayout.of(new TableName("s", "t"), wide));
    assertThat(encoded(encoder, create(5, 1, -1))).startsWith("0100" + "00" + "ffffffffffffffff");
    assertThat(encoder.columns()).startsWith("id", "v", "_version").doesNotContain("w");
  }

  @Test
  void aTableThatLacksAColumnIsRefused() {
    TableSchema small = schema("s", "t", List.of("id"), notNull("id", "int2"));
    TableSchema large = Changes.next(small, notNull("id", "int2"), nullable("v", "int8"));
    TableLayout layout = TableLayout.of(new TableName("s", "t"), small);
    assertThatThrownBy(() -> new RowBinaryEncoder(large, layout))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContainingAll("`s.t`", "`v`", "resync");
  }

  private static String encoded(TableSchema schema, RowChange change) throws IOException {
    TableLayout layout = TableLayout.of(new TableName("s", "t"), schema);
    return encoded(new RowBinaryEncoder(schema, layout), change);
  }

  private static String encoded(RowBinaryEncoder encoder, RowChange change) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    RowBinaryOutput out = new RowBinaryOutput(bytes);
    encoder.encode(change, out);
    out.flush();
    assertThat(out.size()).isEqualTo(bytes.size());
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
