package dev.walcdc.capture.debezium;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;

/**
 * Reads dates and timestamps as PostgreSQL prints them with DateStyle ISO, and gives them the form
 * that they have in Debezium's envelopes. The calendar is the proleptic Gregorian in both.
 *
 * @see <a href="https://www.postgresql.org/docs/current/datatype-datetime.html">PostgreSQL,
 *     Date/Time Types</a>
 */
final class PrintedTimes {

  /** What an infinite date is in the envelope: no date of PostgreSQL is as far. */
  static final int INFINITE_DAYS = Integer.MAX_VALUE;

  static final int MINUS_INFINITE_DAYS = Integer.MIN_VALUE;

  /** Debezium's numbers for infinite timestamps, which come from PostgreSQL's driver. */
  static final long INFINITE_MICROS = 9_223_372_036_825_200_000L;

  static final long MINUS_INFINITE_MICROS = -9_223_372_036_832_400_000L;

  /** Stands for a timestamp of the last 29 years that PostgreSQL knows, from 294247 on. */
  static final long BEYOND_MICROS = Long.MAX_VALUE;

  private static final long MICROS_A_SECOND = 1_000_000;
  private static final int NANOS_A_MICRO = 1_000;
  private static final int FRACTION_DIGITS = 6;
  private static final int SECONDS_AN_HOUR = 3_600;
  private static final int SECONDS_A_MINUTE = 60;
  private static final int TIME_LENGTH = 8;

  private PrintedTimes() {}

  /** Days since 1970-01-01, or one of the two numbers for infinity. */
  static Integer days(String text) {
    return switch (text) {
      case "infinity" -> INFINITE_DAYS;
      case "-infinity" -> MINUS_INFINITE_DAYS;
      default -> Math.toIntExact(new Reader(text).date().toEpochDay());
    };
  }

  /**
   * Microseconds since 1970-01-01 00:00, one of the two numbers for infinity, or {@link
   * #BEYOND_MICROS}.
   */
  static Long micros(String text) {
    return switch (text) {
      case "infinity" -> INFINITE_MICROS;
      case "-infinity" -> MINUS_INFINITE_MICROS;
      default -> micros(new Reader(text).timestamp());
    };
  }

  private static long micros(LocalDateTime time) {
    long seconds = time.toEpochSecond(ZoneOffset.UTC);
    if (seconds >= INFINITE_MICROS / MICROS_A_SECOND) {
      return BEYOND_MICROS;
    }
    return seconds * MICROS_A_SECOND + time.getNano() / NANOS_A_MICRO;
  }

  /** ISO 8601 in UTC, {@code infinity} or {@code -infinity}. */
  static String iso(String text) {
    if (text.endsWith("infinity")) {
      return text;
    }
    Reader reader = new Reader(text);
    LocalDateTime time = reader.timestamp().minusSeconds(reader.offsetSeconds());
    boolean wholeMinute = time.getSecond() == 0 && time.getNano() == 0;
    return time + (wholeMinute ? ":00Z" : "Z");
  }

  /** One text: {@code 2024-02-29 12:34:56.123456+05:30 BC}, of which all after the day may lack. */
  private static final class Reader {

    private final String text;
    private final int end;
    private final boolean beforeChrist;
    private int at;

    Reader(String text) {
      this.text = text;
      this.beforeChrist = text.endsWith(" BC");
      this.end = beforeChrist ? text.length() - " BC".length() : text.length();
    }

    LocalDate date() {
      LocalDate date = readDate();
      requireEnd(at);
      return date;
    }

    LocalDateTime timestamp() {
      LocalDate date = readDate();
      at++;
      int hour = number(at, at + 2);
      int minute = number(at + 3, at + 5);
      int second = number(at + 6, at + TIME_LENGTH);
      at += TIME_LENGTH;
      return LocalDateTime.of(date, LocalTime.of(hour, minute, second, fraction() * NANOS_A_MICRO));
    }

    private LocalDate readDate() {
      int dash = text.indexOf('-');
      int year = number(0, dash);
      int month = number(dash + 1, dash + 3);
      int day = number(dash + 4, dash + 6);
      at = dash + 6;
      return LocalDate.of(beforeChrist ? 1 - year : year, month, day);
    }

    private int fraction() {
      if (at >= end || text.charAt(at) != '.') {
        return 0;
      }
      int start = ++at;
      int micros = 0;
      for (int digit = 0; digit < FRACTION_DIGITS; digit++) {
        micros *= 10;
        if (at < end && Character.isDigit(text.charAt(at))) {
          micros += text.charAt(at++) - '0';
        }
      }
      if (at == start) {
        throw new IllegalArgumentException("no digit follows the point in " + text);
      }
      return micros;
    }

    /** East of UTC; PostgreSQL prints as much of it as there is. */
    int offsetSeconds() {
      int sign = text.charAt(at) == '-' ? -1 : 1;
      int seconds = number(at + 1, at + 3) * SECONDS_AN_HOUR;
      at += 3;
      for (int unit = SECONDS_A_MINUTE; at < end && unit > 0; unit /= SECONDS_A_MINUTE) {
        seconds += number(at + 1, at + 3) * unit;
        at += 3;
      }
      requireEnd(at);
      return sign * seconds;
    }

    private void requireEnd(int position) {
      if (position != end) {
        throw new IllegalArgumentException(text);
      }
    }

    private int number(int from, int to) {
      return Integer.parseInt(text, from, to, 10);
    }
  }
}
