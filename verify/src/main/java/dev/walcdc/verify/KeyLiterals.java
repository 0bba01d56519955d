package dev.walcdc.verify;

import dev.walcdc.schema.Carrier;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.UUID;

/**
 * From the canonical text of a key's value back to a value that a system can look up by an index.
 */
final class KeyLiterals {

  /** What ClickHouse's Date32 holds; it would take a date outside for another one. */
  private static final LocalDate FIRST_DATE = LocalDate.of(1900, 1, 1);

  private static final LocalDate LAST_DATE = LocalDate.of(2299, 12, 31);

  private static final int NANOS_A_MICRO = 1_000;

  private KeyLiterals() {}

  /** Text that PostgreSQL casts to the column's type. */
  static String postgres(Carrier carrier, String text) {
    return switch (carrier) {
      case FLOAT32 -> Float.toString(Float.intBitsToFloat(Integer.parseInt(text)));
      case FLOAT64 -> Double.toString(Double.longBitsToDouble(Long.parseLong(text)));
      case DATE -> isInfinite(text) ? text : date(LocalDate.ofEpochDay(Long.parseLong(text)));
      case TIMESTAMP -> isInfinite(text) ? text : timestamp(text, "");
      case TIMESTAMPTZ -> isInfinite(text) ? text : timestamp(text, "+00");
      case BYTES -> "\\x" + text;
      case BOOLEAN, INT16, INT32, INT64, DECIMAL, UUID, TEXT -> text;
    };
  }

  /** An expression of ClickHouse's SQL; null if no column of the carrier's type can hold it. */
  static String clickHouse(ComparedColumn column, String text) {
    return switch (column.carrier()) {
      case BOOLEAN, INT16, INT32, INT64 -> text;
      case FLOAT32 -> "reinterpretAsFloat32(toInt32(%s))".formatted(text);
      case FLOAT64 -> "reinterpretAsFloat64(toInt64(%s))".formatted(text);
      case DECIMAL -> "toDecimal128('%s', %d)".formatted(text, column.column().type().scale());
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
      case DECIMAL -> new BigDecimal(text);
      case DATE -> isInfinite(text) ? null : Integer.valueOf(text);
      case TIMESTAMP, TIMESTAMPTZ -> isInfinite(text) ? null : Long.valueOf(text);
      case UUID -> UUID.fromString(text);
      case BYTES -> ByteBuffer.wrap(HexFormat.of().parseHex(text));
      case TEXT -> text;
    };
  }

  private static boolean isInfinite(String text) {
    return text.endsWith("infinity");
  }

  private static String timestamp(String micros, String zone) {
    LocalDateTime time =
        LocalDateTime.ofInstant(
            Instant.EPOCH.plus(Long.parseLong(micros), ChronoUnit.MICROS), ZoneOffset.UTC);
    return "%s %02d:%02d:%02d.%06d%s%s"
        .formatted(
            day(time.toLocalDate()),
            time.getHour(),
            time.getMinute(),
            time.getSecond(),
            time.getNano() / NANOS_A_MICRO,
            zone,
            era(time.toLocalDate()));
  }

  private static String date(LocalDate date) {
    return day(date) + era(date);
  }

  /** PostgreSQL counts the years before 1 AD from 1 BC. */
  private static String day(LocalDate date) {
    int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
    return "%04d-%02d-%02d".formatted(year, date.getMonthValue(), date.getDayOfMonth());
  }

  private static String era(LocalDate date) {
    return date.getYear() > 0 ? "" : " BC";
  }
}
