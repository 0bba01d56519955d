package dev.walcdc.search.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.search.query.Condition.And;
import dev.walcdc.search.query.Condition.Comparison;
import dev.walcdc.search.query.Condition.In;
import dev.walcdc.search.query.Condition.IsNull;
import dev.walcdc.search.query.Condition.Kind;
import dev.walcdc.search.query.Condition.Literal;
import dev.walcdc.search.query.Condition.Not;
import dev.walcdc.search.query.Condition.Operator;
import dev.walcdc.search.query.Condition.Or;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionParserTest {

  private static final Map<String, String> TYPES = new LinkedHashMap<>();

  static {
    TYPES.put("id", "Int64");
    TYPES.put("name", "Nullable(String)");
    TYPES.put("price", "Decimal(10, 2)");
    TYPES.put("sold", "Nullable(Bool)");
    TYPES.put("odd \"name`", "String");
  }

  @Test
  void andBindsMoreTightlyThanOr() {
    assertThat(ConditionParser.parse("id = 1 or id=2 AND not name is null"))
        .isEqualTo(
            new Or(
                List.of(
                    number("id", "1"),
                    new And(List.of(number("id", "2"), new Not(new IsNull("name")))))));
  }

  @Test
  void parenthesesAndLists() {
    assertThat(ConditionParser.parse("(id = 1 OR id = 2) AND name NOT IN ('a''b', 'c')"))
        .isEqualTo(
            new And(
                List.of(
                    new Or(List.of(number("id", "1"), number("id", "2"))),
                    new Not(new In("name", List.of(text("a'b"), text("c")))))));
  }

  private static Condition number(String column, String digits) {
    return new Comparison(column, Operator.EQUAL, new Literal(Kind.NUMBER, digits));
  }

  private static Literal text(String text) {
    return new Literal(Kind.TEXT, text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "id",
        "id =",
        "= 1",
        "id = 1 id = 2",
        "id = 1; DROP TABLE users",
        "id = 1 -- and more",
        "id = 1 /* */",
        "id = (SELECT 1)",
        "sleep(3) = 0",
        "id = id",
        "1 = 1",
        "id = 1 UNION ALL SELECT * FROM system.users",
        "name = 'a' || 'b'",
        "name = 'never closed",
        "name LIKE '%a%'",
        "id IN ()",
        "id IN (SELECT id FROM system.users)",
        "id = NULL",
        "id IS 1",
        "id NOT 1",
        "id = {p:Int64}",
        "id = 1 SETTINGS max_threads = 1",
        "name = 'a' FORMAT Null",
        "id = 1e5",
        "id = 0x10",
        "id = \\1"
      })
  void whatIsNoConditionIsRefused(String text) {
    assertThatThrownBy(() -> ConditionParser.parse(text))
        .isInstanceOf(SearchRefusedException.class)
        .hasMessageContaining("`where`");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nosuch = 1",
        "system.users = 1",
        "\"id = 1 OR 1\" = 1",
        "id = 'one'",
        "name = 1",
        "sold = 'true'",
        "price < '100'",
        "id = 123456789012345678901234567890123456789"
      })
  void whatTheTableHasNotIsRefused(String text) {
    assertThatThrownBy(() -> BoundCondition.of(ConditionParser.parse(text), TYPES))
        .isInstanceOf(SearchRefusedException.class)
        .hasMessageContaining("`where`");
  }

  @Test
  void conditionsInsideOfEachOtherAreBounded() {
    assertThatThrownBy(
            () -> ConditionParser.parse("(".repeat(1_000) + "id = 1" + ")".repeat(1_000)))
        .isInstanceOf(SearchRefusedException.class);
    assertThatThrownBy(() -> ConditionParser.parse("NOT ".repeat(900) + "id = 1"))
        .isInstanceOf(SearchRefusedException.class);
  }

  @Property(seed = "20261123")
  void whateverIsWrittenIsReadBack(@ForAll("conditions") Condition condition) {
    assertThat(ConditionParser.parse(written(condition))).isEqualTo(condition);
  }

  @Property(seed = "20261123")
  void anyTextIsAConditionOrRefused(@ForAll String text) {
    try {
      BoundCondition.of(ConditionParser.parse(text), TYPES);
    } catch (SearchRefusedException e) {
      assertThat(e).hasMessageContaining("`where`");
    }
  }

  /** The statement is the same whatever the values are: they are none of its text. */
  @Property(seed = "20261123")
  void noValueIsInTheStatement(@ForAll("conditions") Condition condition) {
    BoundCondition bound = BoundCondition.of(condition, TYPES);
    assertThat(bound.sql())
        .matches(
            "(\\(|\\)|NOT | AND | OR |`id`|`name`|`price`|`sold`|`odd \"name\\\\``| IS NULL|"
                + " (=|!=|<|<=|>|>=) \\{w\\d+:(String|Bool|Decimal\\(38, \\d\\))\\})+");
    assertThat(bound.parameters().values()).containsExactlyElementsOf(values(condition));
  }

  private static List<String> values(Condition condition) {
    if (condition instanceof And and) {
      return and.parts().stream().flatMap(part -> values(part).stream()).toList();
    }
    if (condition instanceof Or or) {
      return or.parts().stream().flatMap(part -> values(part).stream()).toList();
    }
    if (condition instanceof Not not) {
      return values(not.part());
    }
    if (condition instanceof In in) {
      return in.values().stream().map(Literal::text).toList();
    }
    return condition instanceof Comparison comparison
        ? List.of(comparison.value().text())
        : List.of();
  }

  @Provide
  Arbitrary<Condition> conditions() {
    return conditions(3);
  }

  private static Arbitrary<Condition> conditions(int depth) {
    Arbitrary<Condition> leaf =
        Arbitraries.of(TYPES.keySet())
            .flatMap(
                column ->
                    Arbitraries.oneOf(
                        Combinators.combine(
                                Arbitraries.of(Operator.values()), literals(TYPES.get(column)))
                            .as((operator, value) -> new Comparison(column, operator, value)),
                        literals(TYPES.get(column))
                            .list()
                            .ofMinSize(1)
                            .ofMaxSize(4)
                            .map(values -> (Condition) new In(column, values)),
                        Arbitraries.just(new IsNull(column))));
    if (depth == 0) {
      return leaf;
    }
    Arbitrary<Condition> inner = conditions(depth - 1);
    return Arbitraries.oneOf(
        leaf,
        inner.map(Not::new),
        inner.filter(part -> !(part instanceof And)).list().ofMinSize(2).ofMaxSize(3).map(And::new),
        inner.filter(part -> !(part instanceof Or)).list().ofMinSize(2).ofMaxSize(3).map(Or::new));
  }

  private static Arbitrary<Literal> literals(String type) {
    if (type.contains("String")) {
      return Arbitraries.oneOf(
              Arbitraries.strings().ofMaxLength(20),
              Arbitraries.of("'", "''", "\\", "\\'", "'; DROP TABLE t --", "{w0:String}", "\n\t\0"))
          .map(text -> new Literal(Kind.TEXT, text));
    }
    if (type.contains("Bool")) {
      return Arbitraries.of("true", "false").map(text -> new Literal(Kind.BOOLEAN, text));
    }
    return Arbitraries.bigDecimals()
        .between(new BigDecimal("-1e12"), new BigDecimal("1e12"))
        .ofScale(2)
        .map(number -> new Literal(Kind.NUMBER, number.toPlainString()));
  }

  private static String written(Condition condition) {
    if (condition instanceof And and) {
      return and.parts().stream()
          .map(ConditionParserTest::written)
          .collect(Collectors.joining(" AND ", "(", ")"));
    }
    if (condition instanceof Or or) {
      return or.parts().stream()
          .map(ConditionParserTest::written)
          .collect(Collectors.joining(" OR ", "(", ")"));
    }
    if (condition instanceof Not not) {
      return "NOT (" + written(not.part()) + ")";
    }
    if (condition instanceof IsNull isNull) {
      return name(isNull.column()) + " IS NULL";
    }
    if (condition instanceof In in) {
      return in.values().stream()
          .map(ConditionParserTest::written)
          .collect(Collectors.joining(", ", name(in.column()) + " IN (", ")"));
    }
    Comparison comparison = (Comparison) condition;
    return "%s %s %s"
        .formatted(
            name(comparison.column()), comparison.operator().sql(), written(comparison.value()));
  }

  private static String name(String column) {
    return '"' + column.replace("\"", "\"\"") + '"';
  }

  private static String written(Literal literal) {
    return literal.kind() == Kind.TEXT
        ? "'" + literal.text().replace("'", "''") + "'"
        : literal.text();
  }
}
