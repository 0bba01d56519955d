package dev.walcdc.search.embed;

import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Which columns are searched by meaning: those that configuration names and that hold text.
 * Immutable and safe to share.
 */
public final class EmbeddedColumns {

  /** Types whose values are words of people; numbers, arrays and documents are not. */
  private static final Set<String> TEXT_TYPES = Set.of("text", "varchar", "bpchar", "citext");

  private final Pattern pattern;

  private EmbeddedColumns(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * The columns that one of these regular expressions matches.
   *
   * @param patterns comma between; each must match {@code schema.table.column} as a whole; null or
   *     blank for none
   * @throws java.util.regex.PatternSyntaxException if one is broken
   */
  public static EmbeddedColumns of(String patterns) {
    return new EmbeddedColumns(
        patterns == null || patterns.isBlank()
            ? null
            : Pattern.compile(patterns.strip().replaceAll("\\s*,\\s*", "|")));
  }

  /** Whether no column of any table is named. */
  public boolean isNone() {
    return pattern == null;
  }

  /** Places of a table's columns that are named, in the order of its columns; may be empty. */
  int[] placesIn(TableSchema schema) {
    return pattern == null
        ? new int[0]
        : IntStream.range(0, schema.columns().size())
            .filter(i -> isNamed(schema, schema.columns().get(i)))
            .toArray();
  }

  private boolean isNamed(TableSchema schema, Column column) {
    return isText(column)
        && pattern.matcher(schema.qualifiedName() + "." + column.name()).matches();
  }

  /** Whether a column holds words of people. */
  public static boolean isText(Column column) {
    return column.carrier() == Carrier.TEXT && TEXT_TYPES.contains(column.type().name());
  }
}
