package dev.walcdc.verify;

import dev.walcdc.change.SpecialValue;
import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.UUID;

/**
 * One column, and how to get the canonical text of its values from each system:
 *
 * <table>
 * <caption>Canonical texts</caption>
 * <tr><th>carrier</th><th>text</th></tr>
 * <tr><td>BOOLEAN</td><td>true, false</td></tr>
 * <tr><td>INT16, INT32, INT64</td><td>decimal</td></tr>
 * <tr><td>FLOAT32, FLOAT64</td><td>the raw bits as a signed integer; every NaN is the same</td></tr>
 * <tr><td>DECIMAL</td><td>plain, with the column's scale</td></tr>
 * <tr><td>DATE</td><td>days since 1970-01-01</td></tr>
 * <tr><td>TIMESTAMP, TIMESTAMPTZ</td><td>microseconds since 1970-01-01</td></tr>
 * <tr><td>UUID</td><td>lower case with hyphens</td></tr>
 * <tr><td>BYTES</td><td>lower-case hexadecimal</td></tr>
 * <tr><td>TEXT</td><td>the text itself: what PostgreSQL prints</td></tr>
 * </table>
 *
 * @param column the source's column
 * @param keyType the type to cast a key's text to in PostgreSQL; null to compare as text
 */
record ComparedColumn(Column column, String keyType) {

  private static final int FLOAT_NAN = Float.floatToIntBits(Float.NaN);
  private static final long DOUBLE_NAN = Double.doubleToLongBits(Double.NaN);
  private static final long MICROS_A_SECOND = 1_000_000;
  private static final int NANOS_A_MICRO = 1_000;

  String name() {
    return column.name();
  }

  Carrier carrier() {
    return column.carrier();
  }

  /**
   * Whether a column of text in a sink holds this one's values as PostgreSQL prints them, in place
   * of a type of their own.
   */
  boolean isWide(boolean text) {
    return text && carrier() != Carrier.TEXT && carrier() != Carrier.BYTES;
  }

  /** An SQL expression of a text type for PostgreSQL. */
  String postgresSql() {
    String c = Names.postgres(name());
    return switch (carrier()) {
      case BOOLEAN, INT16, INT32, INT64, DECIMAL, UUID -> c + "::text";
      case FLOAT32 ->
          "(CASE WHEN %1$s = 'NaN' THEN %2$d ELSE ('x' || encode(float4send(%1$s), 'hex'))::bit(32)::int END)::text"
              .formatted(c, FLOAT_NAN);
      case FLOAT64 ->
          "(CASE WHEN %1$s = 'NaN' THEN %2$d ELSE ('x' || encode(float8send(%1$s), 'hex'))::bit(64)::bigint END)::text"
              .formatted(c, DOUBLE_NAN);
      // Neither sink holds an infinite date: its name differs from whatever they have.
      case DATE ->
          "CASE WHEN isfinite(%1$s) THEN (%1$s - date '1970-01-01')::text ELSE %1$s::text END"
              .formatted(c);
      case TIMESTAMP, TIMESTAMPTZ ->
          "CASE WHEN isfinite(%1$s) THEN (extract(epoch FROM %1$s) * 1000000)::bigint::text ELSE %1$s::text END"
              .formatted(c);
      case BYTES -> "encode(%s, 'hex')".formatted(c);
      case TEXT ->
          switch (column.type().name()) {
            // char(n)::text would strip the blanks that belong to the carried value.
            case "bpchar", "text", "varchar" -> c;
            default -> printedSql(c);
          };
    };
  }

  /**
   * What the type's output function gives: a cast adds a mask to an inet. A composite value of
   * which one field is NULL is not distinct from NULL only if it is NULL as a whole.
   */
  static String printedSql(String column) {
    return "CASE WHEN %1$s IS DISTINCT FROM NULL THEN concat(%1$s) END".formatted(column);
  }

  /** An SQL expression for ClickHouse, of type String, nullable where the column is. */
  String clickHouseSql() {
    String c = Names.clickHouse(name());
    return switch (carrier()) {
      case BOOLEAN, INT16, INT32, INT64, UUID -> "toString(%s)".formatted(c);
      case FLOAT32 ->
          "toString(if(isNaN(%1$s), toInt32(%2$d), reinterpretAsInt32(%1$s)))"
              .formatted(c, FLOAT_NAN);
      case FLOAT64 ->
          "toString(if(isNaN(%1$s), toInt64(%2$d), reinterpretAsInt64(%1$s)))"
              .formatted(c, DOUBLE_NAN);
      case DECIMAL -> "toDecimalString(%s, %d)".formatted(c, column.type().scale());
      case DATE -> "toString(toInt32(%s))".formatted(c);
      case TIMESTAMP, TIMESTAMPTZ -> "toString(toUnixTimestamp64Micro(%s))".formatted(c);
      case BYTES -> "lower(hex(%s))".formatted(c);
      case TEXT -> c;
    };
  }

  /**
   * The canonical text of a value that Iceberg's generic reader gave.
   *
   * @throws ClassCastException if the column in the lake is of a type that this one is not kept in
   */
  String icebergText(Object value) {
    if (value == null) {
      return null;
    }
    if (isWide(value instanceof String)) {
      return PrintedValues.canonical(carrier(), (String) value);
    }
    return switch (carrier()) {
      case BOOLEAN -> Boolean.toString((Boolean) value);
      case INT16, INT32, INT64 -> Long.toString(value instanceof Integer i ? i : (Long) value);
      case FLOAT32 -> floatBits((Number) value);
      case FLOAT64 -> Long.toString(Double.doubleToLongBits((Double) value));
      case DECIMAL -> ((BigDecimal) value).toPlainString();
      case DATE -> Long.toString(((LocalDate) value).toEpochDay());
      case TIMESTAMP -> micros(((LocalDateTime) value).atOffset(ZoneOffset.UTC));
      case TIMESTAMPTZ -> micros((OffsetDateTime) value);
      case UUID -> ((UUID) value).toString();
      case BYTES -> hex((ByteBuffer) value);
      case TEXT -> (String) value;
    };
  }

  /**
   * The canonical text of a value as the log has it.
   *
   * @param value in the form of the carrier, or special; null for NULL; not one that was left out
   */
  String logText(Object value) {
    if (value == null || value instanceof SpecialValue) {
      return value == null ? null : value.toString();
    }
    return switch (carrier()) {
      case BOOLEAN, INT16, INT32, INT64, DATE, TIMESTAMP, TIMESTAMPTZ, UUID, TEXT ->
          value.toString();
      case FLOAT32 -> Integer.toString(Float.floatToIntBits((Float) value));
      case FLOAT64 -> Long.toString(Double.doubleToLongBits((Double) value));
      case DECIMAL -> ((BigDecimal) value).toPlainString();
      case BYTES -> HexFormat.of().formatHex((byte[]) value);
    };
  }

  /** A wider column may hold the same number; one that no float4 is must not be taken for one. */
  private static String floatBits(Number value) {
    float number = value.floatValue();
    return Double.compare(number, value.doubleValue()) == 0
        ? Integer.toString(Float.floatToIntBits(number))
        : value.toString();
  }

  private static String micros(OffsetDateTime time) {
    return Long.toString(time.toEpochSecond() * MICROS_A_SECOND + time.getNano() / NANOS_A_MICRO);
  }

  private static String hex(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return HexFormat.of().formatHex(copy);
  }
}
