package dev.walcdc.search.query;

import dev.walcdc.search.query.Condition.Kind;
import dev.walcdc.search.query.Condition.Literal;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A value as a parameter that can be compared with a column.
 *
 * @param type of the parameter, in ClickHouse's terms; made here, never from what was asked
 * @param text the value as ClickHouse reads it
 */
record BoundValue(String type, String text) {

  private static final Pattern NULLABLE = Pattern.compile("Nullable\\((.*)\\)");
  private static final Pattern NUMBERS = Pattern.compile("U?Int\\d+|Float\\d+|Decimal\\(.*\\)");

  /**
   * Digits of a decimal parameter, so that a number is compared as it is, whatever the column's.
   */
  private static final int DIGITS = 38;

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendPattern("[' ']['T']HH:mm")
          .optionalStart()
          .appendPattern(":ss")
          .optionalStart()
          .appendFraction(ChronoField.MICRO_OF_SECOND, 1, 6, true)
          .optionalEnd()
          .optionalEnd()
          .optionalEnd()
          .parseDefaulting(ChronoField.HOUR_OF_DAY, 0)
          .parseDefaulting(ChronoField.MINUTE_OF_HOUR, 0)
          .parseDefaulting(ChronoField.SECOND_OF_MINUTE, 0)
          .toFormatter();

  private static final DateTimeFormatter SERVER_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

  /**
   * The value for a column.
   *
   * @param columnType as {@code system.columns} has it
   * @throws SearchRefusedException if no value of that type is written so
   */
  static BoundValue of(String column, String columnType, Literal value) {
    var wrapped = NULLABLE.matcher(columnType);
    String type = wrapped.matches() ? wrapped.group(1) : columnType;
    try {
      if (NUMBERS.matcher(type).matches()) {
        require(value, Kind.NUMBER);
        return number(value.text());
      }
      return switch (type) {
        case "Bool" -> {
          require(value, Kind.BOOLEAN);
          yield new BoundValue("Bool", value.text());
        }
        case "String" -> {
          require(value, Kind.TEXT);
          yield new BoundValue("String", value.text());
        }
        case "UUID" -> {
          require(value, Kind.TEXT);
          yield new BoundValue("UUID", UUID.fromString(value.text()).toString());
        }
        case "Date32" -> {
          require(value, Kind.TEXT);
          yield new BoundValue("Date32", LocalDate.parse(value.text()).toString());
        }
        case "DateTime64(6, 'UTC')" -> {
          require(value, Kind.TEXT);
          yield new BoundValue(
              "DateTime64(6, 'UTC')", SERVER_TIME.format(LocalDateTime.parse(value.text(), TIME)));
        }
        default ->
            throw new SearchRefusedException(
                "`where` compares column `%s`, whose type %s cannot be compared here."
                    .formatted(column, type));
      };
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new SearchRefusedException(
          "`where` compares column `%s` with `%s`, which is no %s; write %s."
              .formatted(column, value.text(), type, form(type)));
    }
  }

  private static BoundValue number(String text) {
    BigDecimal number = new BigDecimal(text);
    if (Math.max(number.precision(), number.scale()) > DIGITS) {
      throw new IllegalArgumentException("too long");
    }
    return new BoundValue(
        "Decimal(%d, %d)".formatted(DIGITS, number.scale()), number.toPlainString());
  }

  private static void require(Literal value, Kind kind) {
    if (value.kind() != kind) {
      throw new IllegalArgumentException("not of this kind");
    }
  }

  private static String form(String type) {
    return switch (type) {
      case "Bool" -> "TRUE or FALSE";
      case "String" -> "a text in single quotes";
      case "UUID" -> "'01234567-89ab-cdef-0123-456789abcdef'";
      case "Date32" -> "'2026-01-31'";
      case "DateTime64(6, 'UTC')" -> "'2026-01-31 23:59:59.5', in UTC";
      default -> "a number without quotes, of %d digits at most".formatted(DIGITS);
    };
  }
}
