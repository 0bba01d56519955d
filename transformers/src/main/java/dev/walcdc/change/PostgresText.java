package dev.walcdc.change;

import dev.walcdc.schema.Carrier;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * Dates, timestamps and numbers as PostgreSQL prints them with DateStyle ISO and TimeZone UTC.
 *
 * @see <a href="https://www.postgresql.org/docs/current/datatype-datetime.html">PostgreSQL,
 *     Date/Time Types, Date/Time Output</a>
 */
final class PostgresText {

  private static final int NANOS_A_MICRO = 1_000;

  private PostgresText() {}

  /**
   * The text of a value.
   *
   * @param carrier DATE, TIMESTAMP, TIMESTAMPTZ or DECIMAL
   * @param value in that carrier's form, or special; not null
   */
  static String of(Carrier carrier, Object value) {
    if (value instanceof SpecialValue) {
      return value.toString();
    }
    return switch (carrier) {
      case DATE -> date((Integer) value);
      case TIMESTAMP -> timestamp((Long) value, "");
      case TIMESTAMPTZ -> timestamp((Long) value, "+00");
      case DECIMAL -> ((BigDecimal) value).toPlainString();
      default -> throw new IllegalArgumentException("No text is made of " + carrier);
    };
  }

  private static String date(int days) {
    LocalDate date = LocalDate.ofEpochDay(days);
    return day(date) + era(date);
  }

  private static String timestamp(long micros, String zone) {
    LocalDateTime time =
        LocalDateTime.ofInstant(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(day(time.toLocalDate()));
    text.append(" %02d:%02d:%02d".formatted(time.getHour(), time.getMinute(), time.getSecond()));
    if (time.getNano() > 0) {
      text.append(".%06d".formatted(time.getNano() / NANOS_A_MICRO));
      while (text.charAt(text.length() - 1) == '0') {
        text.setLength(text.length() - 1);
      }
    }
    return text + zone + era(time.toLocalDate());
  }

  /** There is no year 0: 1 BC comes before 1 AD. */
  private static String day(LocalDate date) {
    int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
    return "%04d-%02d-%02d".formatted(year, date.getMonthValue(), date.getDayOfMonth());
  }

  private static String era(LocalDate date) {
    return date.getYear() > 0 ? "" : " BC";
  }
}
