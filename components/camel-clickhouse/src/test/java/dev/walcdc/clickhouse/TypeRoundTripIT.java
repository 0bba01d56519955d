package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.batch;
import static dev.walcdc.clickhouse.Changes.create;
import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes in comes out, as ClickHouse itself writes it and as our own decoder reads it. */
class TypeRoundTripIT {

  private static final long MICROS_A_DAY = 86_400_000_000L;

  private static TestServer server;

  @BeforeAll
  static void connect() {
    server = new TestServer();
  }

  @AfterAll
  static void disconnect() {
    server.close();
  }

  private record Sample(Object value, String shown) {}

  private static Sample as(Object value, String shown) {
    return new Sample(value, shown);
  }

  private static Arguments type(PostgresType type, Sample... samples) {
    return Arguments.of(type, List.of(samples));
  }

  static List<Arguments> carriers() {
    long firstMicros = LocalDate.of(1900, 1, 1).toEpochDay() * MICROS_A_DAY;
    long lastMicros = LocalDate.of(2300, 1, 1).toEpochDay() * MICROS_A_DAY - 1;
    String nines = "9".repeat(38);
    return List.of(
        type(PostgresType.of("bool"), as(true, "true"), as(false, "false")),
        type(
            PostgresType.of("int2"),
            as((int) Short.MIN_VALUE, "-32768"),
            as((int) Short.MAX_VALUE, "32767")),
        type(
            PostgresType.of("int4"),
            as(Integer.MIN_VALUE, "-2147483648"),
            as(Integer.MAX_VALUE, "2147483647")),
        type(
            PostgresType.of("int8"),
            as(Long.MIN_VALUE, "-9223372036854775808"),
            as(Long.MAX_VALUE, "9223372036854775807"),
            as(0L, "0")),
        type(
            PostgresType.of("float4"),
            as(1.1f, "1.1"),
            as(Float.NaN, "nan"),
            as(Float.NEGATIVE_INFINITY, "-inf")),
        type(
            PostgresType.of("float8"),
            as(Math.PI, "3.141592653589793"),
            as(Double.MIN_VALUE, "5e-324"),
            as(Double.POSITIVE_INFINITY, "inf"),
            as(Double.NaN, "nan")),
        type(
            new PostgresType("numeric", 9, 2),
            as(new BigDecimal("-9999999.99"), "-9999999.99"),
            as(new BigDecimal("0.01"), "0.01")),
        type(
            new PostgresType("numeric", 18, 4),
            as(new BigDecimal("99999999999999.9999"), "99999999999999.9999"),
            as(new BigDecimal("-99999999999999.9999"), "-99999999999999.9999")),
        type(
            new PostgresType("numeric", 38, 38),
            as(new BigDecimal("-0." + nines), "-0." + nines),
            as(new BigDecimal("0E-38"), "0")),
        type(
            new PostgresType("numeric", 38, 0),
            as(new BigDecimal(nines), nines),
            as(new BigDecimal("-" + nines), "-" + nines),
            as(new BigDecimal("18446744073709551616"), "18446744073709551616")),
        type(
            PostgresType.of("date"),
            as((int) LocalDate.of(1900, 1, 1).toEpochDay(), "1900-01-01"),
            as((int) LocalDate.of(1969, 12, 31).toEpochDay(), "1969-12-31"),
            as((int) LocalDate.of(2299, 12, 31).toEpochDay(), "2299-12-31")),
        type(
            PostgresType.of("timestamp"),
            as(firstMicros, "1900-01-01 00:00:00.000000"),
            as(-1L, "1969-12-31 23:59:59.999999"),
            as(lastMicros, "2299-12-31 23:59:59.999999")),
        type(
            PostgresType.of("timestamptz"),
            as(firstMicros, "1900-01-01 00:00:00.000000"),
            as(1L, "1970-01-01 00:00:00.000001"),
            as(lastMicros, "2299-12-31 23:59:59.999999")),
        type(
            PostgresType.of("uuid"),
            as(
                UUID.fromString("61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
                "61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
            as(new UUID(-1, -1), "ffffffff-ffff-ffff-ffff-ffffffffffff")),
        type(
            PostgresType.of("text"),
            as("", ""),
            as("o'hé漢😀", "o'hé漢😀"),
            as("x".repeat(300_000), "x".repeat(300_000))));
  }

  @ParameterizedTest
  @MethodSource("carriers")
  void everyValueArrivesExactly(PostgresType type, List<Sample> samples) {
    for (boolean nullable : new boolean[] {false, true}) {
      TableSchema schema =
          schema(
              TestServer.newSchema(),
              "t",
              List.of("id"),
              notNull("id", "int4"),
              new Column("v", type, nullable, 0));
      List<RowChange> changes = new ArrayList<>();
      samples.forEach(sample -> changes.add(create(9, changes.size(), sample.value())));
      if (nullable) {
        changes.add(create(9, changes.size(), null));
      }
      ChangeSink sink = server.newSink();
      assertThat(sink.apply(batch(schema, null, changes))).isEqualTo(changes.size());

      String expected =
          IntStream.range(0, samples.size())
              .mapToObj(i -> i + "\t" + samples.get(i).shown())
              .collect(Collectors.joining("\n"));
      assertThat(
              server.ask(
                  "SELECT id, toString(assumeNotNull(v)) FROM `%s`.t_current WHERE isNotNull(v) ORDER BY id"
                      .formatted(schema.schema())))
          .isEqualTo(expected.stripTrailing().replace("'", "\\'"));
      assertThat(server.ask("SELECT count() - count(v) FROM `%s`.t".formatted(schema.schema())))
          .isEqualTo(nullable ? "1" : "0");
      assertReadBack(schema, changes);
    }
  }

  private static void assertReadBack(TableSchema schema, List<RowChange> changes) {
    List<ClickHouseType> types = List.copyOf(TableLayout.typesOf(schema).values());
    List<Object[]> rows =
        server.server.query(
            "SELECT id, v FROM `%s`.t_current ORDER BY id".formatted(schema.schema()),
            types,
            Map.of());
    assertThat(rows).hasSameSizeAs(changes);
    for (int i = 0; i < rows.size(); i++) {
      Object value = changes.get(i).row()[1];
      Object read = rows.get(i)[1];
      assertThat(read instanceof byte[] ? RowBinaryInput.text(read) : read).isEqualTo(value);
    }
  }

  @Test
  void bytesStayBytes() {
    TableSchema schema =
        schema(
            TestServer.newSchema(),
            "t",
            List.of("id"),
            notNull("id", "int4"),
            notNull("v", "bytea"));
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    server.newSink().apply(batch(schema, create(1, 1, all), create(1, 2, new byte[0])));
    assertThat(
            server.ask("SELECT hex(v) FROM `%s`.t_current ORDER BY id".formatted(schema.schema())))
        .isEqualTo(HexFormat.of().withUpperCase().formatHex(all));
  }

  /** As those of pictures and encrypted values: they grow when they are compressed. */
  @Test
  void bytesThatDoNotCompressArrive() {
    TableSchema schema =
        schema(
            TestServer.newSchema(),
            "t",
            List.of("id"),
            notNull("id", "int4"),
            notNull("v", "bytea"));
    byte[] noise = new byte[5 << 20];
    new Random(7).nextBytes(noise);
    server.newSink().apply(batch(schema, create(1, 1, noise)));
    CRC32 crc = new CRC32();
    crc.update(noise);
    assertThat(server.ask("SELECT length(v), CRC32(v) FROM `%s`.t".formatted(schema.schema())))
        .isEqualTo(noise.length + "\t" + crc.getValue());
  }

  @Test
  void everyTypeCanBeAKeyAndBeFoundByIt() {
    TableSchema schema =
        schema(
            TestServer.newSchema(),
            "t",
            List.of("b", "n", "f", "g", "d", "ts", "tz", "u", "x", "s", "i"),
            notNull("i", "int2"),
            notNull("b", "bool"),
            new Column("n", new PostgresType("numeric", 38, 5), false, 0),
            notNull("f", "float4"),
            notNull("g", "float8"),
            notNull("d", "date"),
            notNull("ts", "timestamp"),
            notNull("tz", "timestamptz"),
            notNull("u", "uuid"),
            notNull("x", "bytea"),
            notNull("s", "text"),
            notNull("v", "text"));
    Object[] row = {
      7,
      true,
      new BigDecimal("-123456789012345678901234567890123.00001"),
      1.1f,
      Math.PI,
      -1,
      -1L,
      1L,
      UUID.fromString("61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
      new byte[] {0, 39, 92, -1},
      "a'b\\c\0é",
      "kept"
    };
    ChangeSink sink = server.newSink();
    sink.apply(batch(schema, create(5, row)));
    Object[] update = row.clone();
    update[11] = Unchanged.TOAST;
    sink.apply(batch(schema, Changes.update(6, update)));
    assertThat(
            server.ask(
                "SELECT v, toString(_version) = '%s' FROM `%s`.t FINAL"
                    .formatted(Changes.version(6).toBigInteger(), schema.schema())))
        .isEqualTo("kept\t1");
  }

  /** Infinities come as the ends of what the carrier holds, years BC as negative numbers. */
  static List<Arguments> outOfRange() {
    return List.of(
        Arguments.of("date", (int) LocalDate.of(2300, 1, 1).toEpochDay()),
        Arguments.of("date", (int) LocalDate.of(1899, 12, 31).toEpochDay()),
        Arguments.of("date", (int) LocalDate.of(-43, 3, 15).toEpochDay()),
        Arguments.of("date", Integer.MAX_VALUE),
        Arguments.of("date", Integer.MIN_VALUE),
        Arguments.of("timestamp", LocalDate.of(2300, 1, 1).toEpochDay() * MICROS_A_DAY),
        Arguments.of("timestamp", LocalDate.of(1900, 1, 1).toEpochDay() * MICROS_A_DAY - 1),
        Arguments.of("timestamp", LocalDate.of(-43, 3, 15).toEpochDay() * MICROS_A_DAY),
        Arguments.of("timestamp", Long.MAX_VALUE),
        Arguments.of("timestamptz", Long.MIN_VALUE),
        Arguments.of("timestamptz", LocalDate.of(2300, 1, 1).toEpochDay() * MICROS_A_DAY));
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void aValueOutOfRangeIsRefusedAndTheRestCanGoOn(String type, Object value) {
    TableSchema schema =
        schema(
            TestServer.newSchema(),
            "t",
            List.of("id"),
            notNull("id", "int4"),
            Changes.nullable("v", type));
    RowChange fine = create(1, 1, null);
    RowChange bad = create(1, 2, value);
    ChangeSink sink = server.newSink();
    assertThatThrownBy(() -> sink.apply(batch(schema, fine, bad)))
        .isInstanceOfSatisfying(
            RefusedChangeException.class, e -> assertThat(e.change().orElseThrow()).isSameAs(bad))
        .hasMessageContainingAll(schema.qualifiedName(), "`v`", "id=2", "2299-12-31");
    sink.apply(batch(schema, fine));
    assertThat(server.ask("SELECT id, v FROM `%s`.t_current".formatted(schema.schema())))
        .isEqualTo("1\t\\N");
  }

  /** Whoever reads from another zone sees the source's wall clock all the same. */
  @Test
  void aTimestampIsShownAsItIsAtTheSourceInAnyZone() {
    TableSchema schema =
        schema(
            TestServer.newSchema(),
            "t",
            List.of("id"),
            notNull("id", "int4"),
            notNull("v", "timestamp"));
    server.newSink().apply(batch(schema, create(1, 1, 0L)));
    assertThat(
            server.ask(
                "SELECT v FROM `%s`.t_current SETTINGS session_timezone = 'Asia/Tokyo'"
                    .formatted(schema.schema())))
        .isEqualTo("1970-01-01 00:00:00.000000");
  }

  /** By then the request is under way, and the server may keep the rows that it has read. */
  @Test
  void aLateRefusalLeavesOnlyWholeRows() {
    TableSchema schema =
        schema(
            TestServer.newSchema(),
            "t",
            List.of("id"),
            notNull("id", "int4"),
            notNull("n", "text"),
            notNull("v", "date"));
    List<RowChange> changes = new ArrayList<>();
    for (int id = 0; id < 100_000; id++) {
      changes.add(create(1, id, "name" + id, id == 99_999 ? Integer.MAX_VALUE : 1));
    }
    ChangeSink sink = server.newSink();
    assertThatThrownBy(() -> sink.apply(batch(schema, null, changes)))
        .isInstanceOf(RefusedChangeException.class);
    String wrong =
        "SELECT countIf(n != concat('name', toString(id)) OR v != '1970-01-02') FROM `%s`.t_current"
            .formatted(schema.schema());
    assertThat(server.ask(wrong)).isEqualTo("0");
    sink.apply(batch(schema, null, changes.subList(0, 99_999)));
    assertThat(server.ask(wrong)).isEqualTo("0");
    assertThat(server.ask("SELECT count() FROM `%s`.t_current".formatted(schema.schema())))
        .isEqualTo("99999");
  }

  @Test
  void namesMayHaveAnyCharacters() {
    String odd = "ta`b'l\"e \\ é\n/.";
    TableSchema schema =
        schema(
            TestServer.newSchema() + odd,
            odd,
            List.of(odd),
            notNull(odd, "int4"),
            nullableText("c`o'l\\"));
    server.newSink().apply(batch(schema, create(1, 1, "x")));
    server.newSink().apply(batch(schema, Changes.update(2, 1, Unchanged.TOAST)));
    TableName view = new TableName(schema.schema(), odd).currentView();
    assertThat(server.ask("SELECT * FROM " + view.sql())).isEqualTo("1\tx");
  }

  private static Column nullableText(String name) {
    return Changes.nullable(name, "text");
  }
}
