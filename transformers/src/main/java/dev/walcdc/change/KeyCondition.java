package dev.walcdc.change;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which rows of a table are meant: a conjunction of comparisons of key columns with constants, in a
 * form that PostgreSQL, ClickHouse and Iceberg understand alike. As text {@code "id" >= '10' AND
 * "id" < '20'}; names without quotes mean the same in lower case, as in SQL, and so do numbers
 * without quotes. Immutable.
 *
 * @param comparisons all of them must hold; none means every row
 */
public record KeyCondition(List<Comparison> comparisons) {

  /** Every row. */
  public static final KeyCondition ALL = new KeyCondition(List.of());

  private static final Pattern COMPARISON =
      Pattern.compile(
          "\\s*(?:\"((?:[^\"]|\"\")+)\"|([A-Za-z_][A-Za-z0-9_$]*))\\s*(<=|>=|=|<|>)\\s*(?:'((?:[^']|'')*)'|(-?[0-9][0-9.]*))\\s*");
  private static final Pattern AND = Pattern.compile("AND\\b", Pattern.CASE_INSENSITIVE);

  public KeyCondition {
    comparisons = List.copyOf(comparisons);
  }

  /** How a column is compared. */
  public enum Operator {
    EQUAL("="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">=");

    private final String sql;

    Operator(String sql) {
      this.sql = sql;
    }

    /** As SQL writes it, in any dialect. */
    public String sql() {
      return sql;
    }

    private boolean holds(int compared) {
      return switch (this) {
        case EQUAL -> compared == 0;
        case LESS -> compared < 0;
        case LESS_OR_EQUAL -> compared <= 0;
        case GREATER -> compared > 0;
        case GREATER_OR_EQUAL -> compared >= 0;
      };
    }

    private static Operator of(String sql) {
      for (Operator operator : values()) {
        if (operator.sql.equals(sql)) {
          return operator;
        }
      }
      throw new IllegalArgumentException(sql);
    }
  }

  /**
   * One comparison.
   *
   * @param column name of the column, unquoted
   * @param constant as PostgreSQL writes such a value, unquoted
   */
  public record Comparison(String column, Operator operator, String constant) {

    @Override
    public String toString() {
      return "\"%s\" %s '%s'"
          .formatted(column.replace("\"", "\"\""), operator.sql(), constant.replace("'", "''"));
    }
  }

  /**
   * One comparison with what it means for a table.
   *
   * @param index position of the column in the table's schema
   * @param value the constant in the form of the column's carrier
   */
  public record Bound(int index, Column column, Operator operator, Object value) {

    /** Whether it holds for a row, given as values by the position of their columns. */
    public boolean holds(Object[] row) {
      return row[index] != null && operator.holds(KeyConstants.compare(row[index], value));
    }
  }

  /**
   * Reads the text.
   *
   * @param text null and white space mean every row
   * @throws IllegalArgumentException if it is anything else than such comparisons with AND between;
   *     the message quotes what was not understood
   */
  public static KeyCondition parse(String text) {
    if (text == null || text.isBlank()) {
      return ALL;
    }
    List<Comparison> comparisons = new ArrayList<>();
    Matcher comparison = COMPARISON.matcher(text);
    Matcher and = AND.matcher(text);
    int at = 0;
    while (true) {
      if (!comparison.region(at, text.length()).lookingAt()) {
        throw notUnderstood(text, at);
      }
      comparisons.add(comparison(comparison));
      at = comparison.end();
      if (at == text.length()) {
        return new KeyCondition(comparisons);
      }
      if (!and.region(at, text.length()).lookingAt()) {
        throw notUnderstood(text, at);
      }
      at = and.end();
    }
  }

  private static Comparison comparison(Matcher found) {
    String column =
        found.group(1) != null
            ? found.group(1).replace("\"\"", "\"")
            : found.group(2).toLowerCase(java.util.Locale.ROOT);
    String constant = found.group(4) != null ? found.group(4).replace("''", "'") : found.group(5);
    return new Comparison(column, Operator.of(found.group(3)), constant);
  }

  private static IllegalArgumentException notUnderstood(String text, int at) {
    return new IllegalArgumentException(
        "`%s` is not understood from `%s` on; write comparisons of key columns with constants, AND between them: id >= 10 AND id < 20, or name = 'x'"
            .formatted(text, text.substring(at)));
  }

  /** The same where columns have other names; those that are not named keep theirs. */
  KeyCondition withNames(Map<String, String> names) {
    return new KeyCondition(
        comparisons.stream()
            .map(
                each ->
                    new Comparison(
                        names.getOrDefault(each.column(), each.column()),
                        each.operator(),
                        each.constant()))
            .toList());
  }

  /** Whether it means every row. */
  public boolean isAll() {
    return comparisons.isEmpty();
  }

  /**
   * What it means for a table.
   *
   * @throws IllegalArgumentException if a column is not in the table's key, cannot be compared
   *     alike everywhere, or a constant is not of its type; the message says so
   */
  public List<Bound> bind(TableSchema schema) {
    List<Bound> bounds = new ArrayList<>();
    for (Comparison comparison : comparisons) {
      Integer index = schema.indexes().get(comparison.column());
      if (index == null || !schema.key().contains(comparison.column())) {
        throw new IllegalArgumentException(
            "`%s` is no column of the primary key of table `%s`, which is %s"
                .formatted(
                    comparison.column(),
                    schema.qualifiedName(),
                    schema.hasKey() ? schema.key() : "without one"));
      }
      Column column = schema.columns().get(index);
      bounds.add(
          new Bound(index, column, comparison.operator(), KeyConstants.parse(column, comparison)));
    }
    return bounds;
  }

  /** What {@link #parse} reads. */
  @Override
  public String toString() {
    return comparisons.stream().map(Comparison::toString).collect(Collectors.joining(" AND "));
  }
}
