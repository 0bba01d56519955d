package dev.walcdc.envelope;

import dev.walcdc.change.SpecialValue;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * Debezium's forms of dates and times (with microsecond precision) as the carriers have them.
 * Infinity, which they write as a number or a word, becomes a {@link SpecialValue}; a number that
 * is no value of PostgreSQL is refused.
 */
final class TimeForms {

  static final long MICROS_A_DAY = 86_400_000_000L;

  /** 4714-11-24 BC and 5874897-12-31: all that PostgreSQL's date holds. */
  private static final long FIRST_DAY = -2_440_588;

  private static final long LAST_DAY = 2_145_042_905;

  /** Debezium's numbers for infinite dates, and those of our capture, which no date comes near. */
  private static final long DEBEZIUM_INFINITE_DAYS = -2_147_472_692;

  private static final long DEBEZIUM_MINUS_INFINITE_DAYS = -2_147_472_691;

  private static final long INFINITE_MICROS = 9_223_372_036_825_200_000L;
  private static final long MINUS_INFINITE_MICROS = -9_223_372_036_832_400_000L;

  private static final long MICROS_A_SECOND = 1_000_000;
  private static final long SECONDS_A_MINUTE = 60;
  private static final long MINUTES_AN_HOUR = 60;
  private static final OffsetDateTime EPOCH =
      OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private TimeForms() {}

  /** From days since 1970-01-01. */
  static Object date(long days) {
    if (days >= FIRST_DAY && days <= LAST_DAY) {
      return (int) days;
    }
    if (days == Integer.MAX_VALUE || days == DEBEZIUM_INFINITE_DAYS) {
      return SpecialValue.INFINITY;
    }
    if (days == Integer.MIN_VALUE || days == DEBEZIUM_MINUS_INFINITE_DAYS) {
      return SpecialValue.MINUS_INFINITY;
    }
    throw new IllegalArgumentException(days + " days from 1970 are no date of PostgreSQL");
  }

  /** From microseconds since 1970-01-01 00:00. */
  static Object timestamp(long micros) {
    if (micros == INFINITE_MICROS) {
      return SpecialValue.INFINITY;
    }
    if (micros == MINUS_INFINITE_MICROS) {
      return SpecialValue.MINUS_INFINITY;
    }
    if (micros == Long.MAX_VALUE) {
      throw new IllegalArgumentException(
          "it is later than 294247-01-10 04:00:25, which is about as far as 64 bits count"
              + " microseconds from 1970");
    }
    return micros;
  }

  /** From ISO 8601 with an offset, or a word for infinity. */
  static Object timestamptz(String text) {
    return switch (text) {
      case "infinity" -> SpecialValue.INFINITY;
      case "-infinity" -> SpecialValue.MINUS_INFINITY;
      default -> ChronoUnit.MICROS.between(EPOCH, OffsetDateTime.parse(text));
    };
  }

  /** PostgreSQL's text, from microseconds since midnight; its day ends at 24:00:00. */
  static String timeOfDay(long micros) {
    long seconds = micros / MICROS_A_SECOND;
    long minutes = seconds / SECONDS_A_MINUTE;
    String time =
        "%02d:%02d:%02d"
            .formatted(
                minutes / MINUTES_AN_HOUR, minutes % MINUTES_AN_HOUR, seconds % SECONDS_A_MINUTE);
    long fraction = micros % MICROS_A_SECOND;
    return fraction == 0 ? time : (time + ".%06d".formatted(fraction)).replaceAll("0+$", "");
  }
}
