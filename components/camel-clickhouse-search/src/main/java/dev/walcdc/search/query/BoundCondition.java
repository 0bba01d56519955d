package dev.walcdc.search.query;

import dev.walcdc.clickhouse.Sql;
import dev.walcdc.search.query.Condition.And;
import dev.walcdc.search.query.Condition.Comparison;
import dev.walcdc.search.query.Condition.In;
import dev.walcdc.search.query.Condition.IsNull;
import dev.walcdc.search.query.Condition.Literal;
import dev.walcdc.search.query.Condition.Not;
import dev.walcdc.search.query.Condition.Or;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A condition on a table's columns, in SQL. Of what was asked only names of columns that the table
 * has are in the statement, quoted; every value is a parameter.
 */
final class BoundCondition {

  private static final String PREFIX = "w";

  private final Map<String, String> types;
  private final Map<String, String> parameters = new LinkedHashMap<>();
  private final String sql;

  private BoundCondition(Condition condition, Map<String, String> types) {
    this.types = types;
    this.sql = sql(condition);
  }

  /**
   * Binds a condition to a table.
   *
   * @param types of the table's columns in ClickHouse, by name
   * @throws SearchRefusedException if the table has no such column, or a value is none of its type
   */
  static BoundCondition of(Condition condition, Map<String, String> types) {
    return new BoundCondition(condition, types);
  }

  /** In parentheses where it has parts. */
  String sql() {
    return sql;
  }

  /** Values of the parameters in it, by name. */
  Map<String, String> parameters() {
    return parameters;
  }

  private String sql(Condition condition) {
    if (condition instanceof And and) {
      return joined(and.parts(), " AND ");
    }
    if (condition instanceof Or or) {
      return joined(or.parts(), " OR ");
    }
    if (condition instanceof Not not) {
      return "(NOT " + sql(not.part()) + ")";
    }
    if (condition instanceof IsNull isNull) {
      type(isNull.column());
      return "(" + Sql.identifier(isNull.column()) + " IS NULL)";
    }
    if (condition instanceof In in) {
      // Not IN, for which the server would take another way, with other rules of types.
      return in.values().stream()
          .map(value -> compared(in.column(), Condition.Operator.EQUAL, value))
          .collect(Collectors.joining(" OR ", "(", ")"));
    }
    Comparison comparison = (Comparison) condition;
    return compared(comparison.column(), comparison.operator(), comparison.value());
  }

  private String joined(List<Condition> parts, String between) {
    return parts.stream().map(this::sql).collect(Collectors.joining(between, "(", ")"));
  }

  private String compared(String column, Condition.Operator operator, Literal value) {
    BoundValue bound = BoundValue.of(column, type(column), value);
    String name = PREFIX + parameters.size();
    parameters.put(name, bound.text());
    return "(%s %s {%s:%s})".formatted(Sql.identifier(column), operator.sql(), name, bound.type());
  }

  private String type(String column) {
    String type = types.get(column);
    if (type == null) {
      throw new SearchRefusedException(
          "`where` names `%s`, which is no column of the table; it has %s."
              .formatted(column, String.join(", ", types.keySet())));
    }
    return type;
  }
}
