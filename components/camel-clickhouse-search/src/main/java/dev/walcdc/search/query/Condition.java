package dev.walcdc.search.query;

import java.util.List;

/** Which rows a search is about. A tree without a trace of the text that it was read from. */
sealed interface Condition {

  /** All of these; at least two. */
  record And(List<Condition> parts) implements Condition {}

  /** One of these; at least two. */
  record Or(List<Condition> parts) implements Condition {}

  /** Not this; as in SQL, not true where it is not known. */
  record Not(Condition part) implements Condition {}

  /** A column compared with a value. */
  record Comparison(String column, Operator operator, Literal value) implements Condition {}

  /** A column that is one of these values; at least one. */
  record In(String column, List<Literal> values) implements Condition {}

  /** A column without a value. */
  record IsNull(String column) implements Condition {}

  /** How two values are compared. */
  enum Operator {
    EQUAL("="),
    UNEQUAL("!="),
    LESS("<"),
    AT_MOST("<="),
    GREATER(">"),
    AT_LEAST(">=");

    private final String sql;

    Operator(String sql) {
      this.sql = sql;
    }

    String sql() {
      return sql;
    }
  }

  /** What a literal was written as. */
  enum Kind {
    TEXT,
    NUMBER,
    BOOLEAN
  }

  /**
   * A value.
   *
   * @param text without its quotes; of a number its digits, sign and point; {@code true} or {@code
   *     false}
   */
  record Literal(Kind kind, String text) {}
}
