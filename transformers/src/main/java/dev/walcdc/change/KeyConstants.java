package dev.walcdc.change;

import dev.walcdc.change.KeyCondition.Comparison;
import dev.walcdc.change.KeyCondition.Operator;
import dev.walcdc.schema.Column;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;

/**
 * Constants of a {@link KeyCondition} in the form of their column's carrier, and how they compare:
 * only types that PostgreSQL, ClickHouse and Iceberg put in the same order, and that no sink keeps
 * in another form ({@link WideColumns}).
 */
final class KeyConstants {

  /** Types whose text is compared byte by byte; of others the text is not what is compared. */
  private static final Set<String> PLAIN_TEXT = Set.of("text", "varchar");

  private KeyConstants() {}

  static Object parse(Column column, Comparison comparison) {
    String text = comparison.constant();
    return switch (column.carrier()) {
      case INT16, INT32, INT64 -> number(column, text);
      case UUID -> {
        if (comparison.operator() != Operator.EQUAL) {
          throw new IllegalArgumentException(
              "Column `%s` is a uuid, which can only be compared by `=`: servers order it differently"
                  .formatted(column.name()));
        }
        yield uuid(column, text);
      }
      case TEXT -> {
        if (!PLAIN_TEXT.contains(column.type().name())) {
          throw notComparable(column);
        }
        yield text;
      }
      default -> throw notComparable(column);
    };
  }

  private static Object number(Column column, String text) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      throw unfit(column, text, e);
    }
  }

  private static Object uuid(Column column, String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw unfit(column, text, e);
    }
  }

  private static IllegalArgumentException unfit(Column column, String text, Exception cause) {
    return new IllegalArgumentException(
        "`%s` is no %s, which column `%s` is".formatted(text, column.type().name(), column.name()),
        cause);
  }

  private static IllegalArgumentException notComparable(Column column) {
    return new IllegalArgumentException(
        "Column `%s` is a %s, which cannot be compared here, for servers order it differently: leave it out of the condition"
            .formatted(column.name(), column.type().name()));
  }

  /** Compares two values of one column; whole numbers may be of different widths. */
  static int compare(Object a, Object b) {
    if (a instanceof String one && b instanceof String other) {
      return Arrays.compareUnsigned(
          one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
    if (a instanceof Number one && b instanceof Number other) {
      return Long.compare(one.longValue(), other.longValue());
    }
    return a.equals(b) ? 0 : 1; // Only equality is asked of the rest.
  }
}
