package dev.walcdc.verify;

import dev.walcdc.schema.Carrier;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Between the canonical text of dates and timestamps and what PostgreSQL prints for them (DateStyle
 * ISO, TimeZone UTC), which a sink keeps where a column was made text. The words for infinity, and
 * all other values, are the same in both.
 */
final class PrintedValues {

  private static final int NANOS_A_MICRO = 1_000;
  private static final Pattern PRINTED =
      Pattern.compile(
          "(\\d{4,7})-(\\d\\d)-(\\d\\d)(?: (\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?)(?:\\+00)?)?( BC)?");

  private PrintedValues() {}

  /** What PostgreSQL prints for a canonical text. */
  static String printed(Carrier carrier, String canonical) {
    if (canonical.endsWith("infinity")) {
      return canonical;
    }
    return switch (carrier) {
      case DATE -> {
        LocalDate date = LocalDate.ofEpochDay(Long.parseLong(canonical));
        yield day(date) + era(date);
      }
      case TIMESTAMP -> timestamp(canonical, "");
      case TIMESTAMPTZ -> timestamp(canonical, "+00");
      default -> canonical;
    };
  }

  /** The canonical text; a text that PostgreSQL would not print stays what it is. */
  static String canonical(Carrier carrier, String printed) {
    return switch (carrier) {
      case DATE, TIMESTAMP, TIMESTAMPTZ -> {
        Matcher parts = PRINTED.matcher(printed);
        yield parts.matches() ? canonical(carrier, parts) : printed;
      }
      default -> printed;
    };
  }

  private static String canonical(Carrier carrier, Matcher parts) {
    int year = Integer.parseInt(parts.group(1));
    LocalDate date =
        LocalDate.of(
            parts.group(5) == null ? year : 1 - year,
            Integer.parseInt(parts.group(2)),
            Integer.parseInt(parts.group(3)));
    if (carrier == Carrier.DATE) {
      return Long.toString(date.toEpochDay());
    }
    LocalTime time = parts.group(4) == null ? LocalTime.MIDNIGHT : LocalTime.parse(parts.group(4));
    return Long.toString(
        ChronoUnit.MICROS.between(
            LocalDateTime.of(1970, 1, 1, 0, 0), LocalDateTime.of(date, time)));
  }

  private static String timestamp(String micros, String zone) {
    LocalDateTime time =
        LocalDateTime.ofInstant(
            Instant.EPOCH.plus(Long.parseLong(micros), ChronoUnit.MICROS), ZoneOffset.UTC);
    String fraction =
        time.getNano() == 0
            ? ""
            : ".%06d".formatted(time.getNano() / NANOS_A_MICRO).replaceAll("0+$", "");
    return "%s %02d:%02d:%02d%s%s%s"
        .formatted(
            day(time.toLocalDate()),
            time.getHour(),
            time.getMinute(),
            time.getSecond(),
            fraction,
            zone,
            era(time.toLocalDate()));
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
