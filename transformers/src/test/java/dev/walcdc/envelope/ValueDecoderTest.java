package dev.walcdc.envelope;

import static dev.walcdc.TestLog.batch;
import static dev.walcdc.TestLog.envelope;
import static dev.walcdc.TestLog.record;
import static dev.walcdc.TestLog.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.SpecialValue;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every carrier through the normalizer, as a sink would see it. */
class ValueDecoderTest {

  private static final String MARK = "__debezium_unavailable_value";

  static Stream<Arguments> values() {
    return Stream.of(
        arguments("bool", "true", true),
        arguments("bool", "false", false),
        arguments("int2", "-32768", -32768),
        arguments("int2", "32767", 32767),
        arguments("int4", "-2147483648", Integer.MIN_VALUE),
        arguments("int4", "2147483647", Integer.MAX_VALUE),
        arguments("int8", "-9223372036854775808", Long.MIN_VALUE),
        arguments("int8", "9223372036854775807", Long.MAX_VALUE),
        arguments("int8", "9007199254740993", 9_007_199_254_740_993L),
        arguments("oid", "4294967295", 4_294_967_295L),
        arguments("float4", "3.4028235E38", Float.MAX_VALUE),
        arguments("float4", "1.4E-45", Float.MIN_VALUE),
        arguments("float4", "-0.0", -0.0f),
        arguments("float4", "7", 7f),
        arguments("float4", "\"NaN\"", Float.NaN),
        arguments("float4", "\"-Infinity\"", Float.NEGATIVE_INFINITY),
        arguments("float8", "1.7976931348623157E308", Double.MAX_VALUE),
        arguments("float8", "4.9E-324", Double.MIN_VALUE),
        arguments("float8", "0.1", 0.1),
        arguments("float8", "-0.0", -0.0),
        arguments("float8", "\"NaN\"", Double.NaN),
        arguments("float8", "\"Infinity\"", Double.POSITIVE_INFINITY),
        arguments("numeric(10,2)", "\"-12345678.90\"", new BigDecimal("-12345678.90")),
        arguments("numeric(10,2)", "\"7\"", new BigDecimal("7.00")),
        arguments("numeric(10,2)", "7.10", new BigDecimal("7.10")),
        arguments("numeric(38,0)", "\"" + "9".repeat(38) + "\"", new BigDecimal("9".repeat(38))),
        arguments(
            "numeric(38,38)",
            "\"-0." + "9".repeat(38) + "\"",
            new BigDecimal("-0." + "9".repeat(38))),
        arguments("numeric", "\"1E+100000\"", "1E+100000"),
        arguments("numeric", "\"NaN\"", "NaN"),
        // Debezium's spelling of what PostgreSQL calls NaN, Infinity and -Infinity.
        arguments("numeric", "\"NAN\"", "NaN"),
        arguments("numeric", "\"POSITIVE_INFINITY\"", "Infinity"),
        arguments("numeric", "\"NEGATIVE_INFINITY\"", "-Infinity"),
        arguments("numeric(39,0)", "\"NAN\"", "NaN"),
        arguments("text", "\"NAN\"", "NAN"),
        arguments("numeric(10,2)", "\"NaN\"", SpecialValue.NAN),
        arguments("numeric(10,2)", "\"NAN\"", SpecialValue.NAN),
        arguments("numeric(39,0)", "\"" + "9".repeat(39) + "\"", "9".repeat(39)),
        arguments("date", "-2440588", -2_440_588),
        arguments("date", "2145042905", 2_145_042_905),
        arguments("date", "2147483647", SpecialValue.INFINITY),
        arguments("date", "-2147483648", SpecialValue.MINUS_INFINITY),
        arguments("date", "-2147472692", SpecialValue.INFINITY),
        arguments("date", "-2147472691", SpecialValue.MINUS_INFINITY),
        arguments("timestamp", "-211813488000000000", -211_813_488_000_000_000L),
        arguments("timestamp", "9223371331199999999", 9_223_371_331_199_999_999L),
        arguments("timestamp", "9223372036825200000", SpecialValue.INFINITY),
        arguments("timestamp", "-9223372036832400000", SpecialValue.MINUS_INFINITY),
        arguments("timestamptz", "\"infinity\"", SpecialValue.INFINITY),
        arguments("timestamptz", "\"-infinity\"", SpecialValue.MINUS_INFINITY),
        arguments("timestamptz", "\"1970-01-01T00:00:00Z\"", 0L),
        arguments("timestamptz", "\"1969-12-31T23:59:59.999999Z\"", -1L),
        arguments("timestamptz", "\"2026-11-01T12:00:00.123456+02:00\"", 1_793_527_200_123_456L),
        arguments("timestamptz", "\"0001-01-01T00:00:00Z\"", -62_135_596_800_000_000L),
        arguments("timestamptz", "\"-4712-01-01T00:00:00Z\"", -210_863_520_000_000_000L),
        arguments("timestamptz", "\"+294247-01-10T04:00:54.775807Z\"", Long.MAX_VALUE),
        arguments("uuid", "\"00000000-0000-0000-0000-000000000000\"", new UUID(0, 0)),
        arguments("uuid", "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"", new UUID(-1, -1)),
        arguments("bytea", "\"\"", new byte[0]),
        arguments("bytea", "\"AP+A\"", new byte[] {0, -1, -128}),
        arguments("text", "\"\"", ""),
        arguments("text", "\"\\u0000\\ud83d\\ude00 \\\"\\n\"", "\0\ud83d\ude00 \"\n"),
        arguments("varchar", "\"null\"", "null"),
        arguments("jsonb", "\"{\\\"a\\\": 1.10}\"", "{\"a\": 1.10}"),
        arguments("interval", "\"P1Y2M3DT4H5M6.789S\"", "P1Y2M3DT4H5M6.789S"),
        arguments("time", "0", "00:00:00"),
        arguments("time", "45296000100", "12:34:56.0001"),
        arguments("time", "\"24:00:00\"", "24:00:00"),
        arguments("time", "86399999999", "23:59:59.999999"),
        arguments("time", "86400000000", "24:00:00"),
        arguments("timetz", "\"10:00:00.000001Z\"", "10:00:00.000001Z"),
        arguments("_int4", "[1, null,\n -2]", "[1,null,-2]"),
        arguments("_numeric", "[1.10, 1E+3]", "[1.10,1E+3]"),
        arguments("_text", "[]", "[]"),
        arguments("_text", "[\"about " + MARK + "\"]", "[\"about " + MARK + "\"]"),
        arguments("point", "{\"x\": 1.0, \"y\": -2.50}", "{\"x\":1.0,\"y\":-2.50}"),
        arguments("unheard_of", "12", "12"));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("values")
  void keepsEveryValueExactly(String type, String json, Object value) {
    assertThat(decode(type, json)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bool",
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "numeric(10,2)",
        "numeric",
        "date",
        "timestamp",
        "timestamptz",
        "uuid",
        "bytea",
        "text",
        "time",
        "_text"
      })
  void nullIsNullInEveryType(String type) {
    assertThat(decode(type, "null")).isNull();
  }

  static Stream<Arguments> marks() {
    String base64 = Base64.getEncoder().encodeToString(MARK.getBytes(StandardCharsets.UTF_8));
    String numbers =
        MARK.chars().mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
    return Stream.of(
        arguments("text", quoted(MARK)),
        arguments("jsonb", quoted(MARK)),
        arguments("numeric", quoted(MARK)),
        arguments("numeric(10,2)", quoted(MARK)),
        arguments("bytea", quoted(base64)),
        arguments("_text", "[" + quoted(MARK) + "]"),
        arguments("_bytea", "[" + quoted(base64) + "]"),
        arguments(
            "_uuid",
            "["
                + quoted(UUID.nameUUIDFromBytes(MARK.getBytes(StandardCharsets.UTF_8)).toString())
                + "]"),
        arguments("_int4", numbers),
        arguments("_int8", numbers),
        arguments("hstore", "{" + quoted(MARK) + ":" + quoted(MARK) + "}"));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("marks")
  void recognizesDebeziumsMarkOfAnUnchangedValue(String type, String json) {
    assertThat(decode(type, json)).isSameAs(Unchanged.TOAST);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "bool | 1",
        "bool | \"true\"",
        "int2 | 32768",
        "int2 | -32769",
        "int4 | 2147483648",
        "int4 | 1.5",
        "int4 | true",
        "int4 | \"1\"",
        "int8 | 9223372036854775808",
        "int8 | 1.0",
        "int8 | [1]",
        "float4 | \"fast\"",
        "float8 | {}",
        "numeric(10,2) | \"1.005\"",
        "numeric(10,2) | \"Infinity\"",
        "numeric(10,2) | []",
        "date | \"2026-01-01\"",
        "date | 2147483648",
        "date | 2145042906",
        "date | -2440589",
        "timestamp | 9223372036854775807",
        "timestamp | \"2026-01-01\"",
        "timestamp | 1.5",
        "timestamptz | \"2026-01-01\"",
        "timestamptz | 5",
        "timestamptz | \"+294247-01-10T04:00:54.775808Z\"",
        // Debezium's form of 'infinity', which no count of microseconds reaches.
        "timestamptz | \"+292278994-08-16T23:00:00Z\"",
        "uuid | \"x\"",
        "uuid | 7",
        "bytea | \"***\"",
        "bytea | [1]",
        "time | -1",
        "time | 86400000001",
        "time | {}"
      })
  void refusesWhatIsNoSuchValueAndNamesTheColumn(String type, String json) {
    assertThatThrownBy(() -> decode(type, json))
        .isInstanceOf(RefusedChangesException.class)
        .hasMessageContaining("offset 9 of dbserver1.app.t-0")
        .hasMessageContaining("column `v` holds no " + type.replaceAll("\\(.*", ""));
  }

  @Test
  void goesOnBehindAStructure() {
    var schema = schema(List.of(), new Column("a", type("_int4"), true, 1), column("b", "int4"));
    byte[] value = envelope("c", "null", "{\"a\":[[1,2],[3,4]],\"b\":5}", 1, 2);

    Object[] row =
        new EnvelopeNormalizer()
            .normalize(batch(schema, record(0, 9, value)))
            .changes()
            .get(0)
            .row();

    assertThat(row).containsExactly("[[1,2],[3,4]]", 5);
  }

  private static Object decode(String type, String json) {
    var schema = schema(List.of(), column("v", type));
    byte[] value = envelope("u", "null", "{\"v\":" + json + "}", 1, 2);
    return new EnvelopeNormalizer()
        .normalize(batch(schema, record(0, 9, value)))
        .changes()
        .get(0)
        .row()[0];
  }

  private static Column column(String name, String type) {
    return new Column(name, type(type), true, 1);
  }

  /** {@code numeric(10,2)} or a plain name. */
  private static PostgresType type(String text) {
    int open = text.indexOf('(');
    if (open < 0) {
      return PostgresType.of(text);
    }
    int comma = text.indexOf(',');
    return new PostgresType(
        text.substring(0, open),
        Integer.parseInt(text, open + 1, comma, 10),
        Integer.parseInt(text, comma + 1, text.length() - 1, 10));
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
