package dev.walcdc.verify;

import dev.walcdc.schema.Carrier;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.UUID;

/**
 * From the canonical text of a key's value back to a value that a system can look up by an index.
 */
final class KeyLiterals {

  /** What ClickHouse's Date32 holds; it would take a date outside for another one. */
  private static final LocalDate FIRST_DATE = LocalDate.of(1900, 1, 1);

  private static final LocalDate LAST_DATE = LocalDate.of(2299, 12, 31);

  private KeyLiterals() {}

  /** Text that PostgreSQL casts to the column's type. */
  static String postgres(Carrier carrier, String text) {
    return switch (carrier) {
      case FLOAT32 -> Float.toString(Float.intBitsToFloat(Integer.parseInt(text)));
      case FLOAT64 -> Double.toString(Double.longBitsToDouble(Long.parseLong(text)));
      case BYTES -> "\\x" + text;
      case BOOLEAN, INT16, INT32, INT64, DECIMAL, UUID, TEXT, DATE, TIMESTAMP, TIMESTAMPTZ ->
          PrintedValues.printed(carrier, text);
    };
  }

  /** An expression of ClickHouse's SQL; null if no column of the carrier's type can hold it. */
  static String clickHouse(ComparedColumn column, String text) {
    return switch (column.carrier()) {
      case BOOLEAN, INT16, INT32, INT64 -> text;
      case FLOAT32 -> "reinterpretAsFloat32(toInt32(%s))".formatted(text);
      case FLOAT64 -> "reinterpretAsFloat64(toInt64(%s))".formatted(text);
      case DECIMAL ->
          isNumber(text)
              ? "toDecimal128('%s', %d)".formatted(text, column.column().type().scale())
              : null;
      case DATE -> {
        LocalDate date = isInfinite(text) ? null : LocalDate.ofEpochDay(Long.parseLong(text));
        yield date == null || date.isBefore(FIRST_DATE) || date.isAfter(LAST_DATE)
            ? null
            : "toDate32('%s')".formatted(date);
      }
      case TIMESTAMP, TIMESTAMPTZ ->
          isInfinite(text) ? null : "fromUnixTimestamp64Micro(toInt64(%s), 'UTC')".formatted(text);
      case UUID -> "toUUID('%s')".formatted(text);
      case BYTES -> "unhex('%s')".formatted(text);
      case TEXT -> Names.clickHouseLiteral(text);
    };
  }

  /** A value for Iceberg's expressions; null if no column of the carrier's type can hold it. */
  static Object iceberg(Carrier carrier, String text) {
    return switch (carrier) {
      case BOOLEAN -> Boolean.valueOf(text);
      case INT16, INT32 -> Integer.valueOf(text);
      case INT64 -> Long.valueOf(text);
      case FLOAT32 -> Float.intBitsToFloat(Integer.parseInt(text));
      case FLOAT64 -> Double.longBitsToDouble(Long.parseLong(text));
      case DECIMAL -> isNumber(text) ? new BigDecimal(text) : null;
      case DATE -> isInfinite(text) ? null : Integer.valueOf(text);
      case TIMESTAMP, TIMESTAMPTZ -> isInfinite(text) ? null : Long.valueOf(text);
      case UUID -> UUID.fromString(text);
      case BYTES -> ByteBuffer.wrap(HexFormat.of().parseHex(text));
      case TEXT -> text;
    };
  }

  private static boolean isNumber(String text) {
    return !text.equals("NaN");
  }

  private static boolean isInfinite(String text) {
    return text.endsWith("infinity");
  }
}
