package dev.walcdc.search.query;

import dev.walcdc.search.query.Condition.And;
import dev.walcdc.search.query.Condition.Comparison;
import dev.walcdc.search.query.Condition.In;
import dev.walcdc.search.query.Condition.IsNull;
import dev.walcdc.search.query.Condition.Literal;
import dev.walcdc.search.query.Condition.Not;
import dev.walcdc.search.query.Condition.Operator;
import dev.walcdc.search.query.Condition.Or;
import dev.walcdc.search.query.ConditionLexer.Kind;
import dev.walcdc.search.query.ConditionLexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads a condition:
 *
 * <pre>
 * condition  = term {OR term}
 * term       = factor {AND factor}
 * factor     = NOT factor | "(" condition ")" | predicate
 * predicate  = column ("=" | "!=" | "&lt;&gt;" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=") literal
 *            | column [NOT] IN "(" literal {"," literal} ")"
 *            | column IS [NOT] NULL
 * column     = name | '"' any characters '"'
 * literal    = "'" any characters "'" | number | TRUE | FALSE
 * </pre>
 *
 * Key words are in any case. It is a subset of SQL with SQL's meaning; there are no functions, no
 * columns on the right and no statements, so there is nothing to run.
 */
final class ConditionParser {

  static final String FORM =
      "A condition compares columns with values, such as `price < 100 AND (colour IN ('red',"
          + " 'blue') OR NOT sold)`.";

  private static final int LONGEST = 4_000;
  private static final int DEEPEST = 50;

  private static final Set<String> KEY_WORDS =
      Set.of("AND", "OR", "NOT", "IN", "IS", "NULL", "TRUE", "FALSE");

  private final List<Token> tokens;
  private int next;
  private int depth;

  private ConditionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads a condition.
   *
   * @throws SearchRefusedException if it is none
   */
  static Condition parse(String text) {
    if (text.length() > LONGEST) {
      throw new SearchRefusedException(
          "`where` has %d characters, and %d at most are read.".formatted(text.length(), LONGEST));
    }
    ConditionParser parser = new ConditionParser(ConditionLexer.tokens(text));
    Condition condition = parser.condition();
    if (parser.token().kind() != Kind.END) {
      throw parser.unexpected("AND, OR or the end");
    }
    return condition;
  }

  private Condition condition() {
    List<Condition> parts = new ArrayList<>(List.of(term()));
    while (accept("OR")) {
      parts.add(term());
    }
    return parts.size() == 1 ? parts.get(0) : new Or(List.copyOf(parts));
  }

  private Condition term() {
    List<Condition> parts = new ArrayList<>(List.of(factor()));
    while (accept("AND")) {
      parts.add(factor());
    }
    return parts.size() == 1 ? parts.get(0) : new And(List.copyOf(parts));
  }

  private Condition factor() {
    if (++depth > DEEPEST) {
      throw new SearchRefusedException(
          "`where` has more than %d conditions inside of each other.".formatted(DEEPEST));
    }
    try {
      if (accept("NOT")) {
        return new Not(factor());
      }
      if (acceptSign("(")) {
        Condition inside = condition();
        requireSign(")");
        return inside;
      }
      return predicate();
    } finally {
      depth--;
    }
  }

  private Condition predicate() {
    String column = column();
    if (accept("IS")) {
      boolean not = accept("NOT");
      if (!accept("NULL")) {
        throw unexpected("NULL");
      }
      return negated(new IsNull(column), not);
    }
    boolean not = accept("NOT");
    if (accept("IN")) {
      return negated(new In(column, values()), not);
    }
    if (not) {
      throw unexpected("IN");
    }
    return new Comparison(column, operator(), literal());
  }

  private static Condition negated(Condition condition, boolean not) {
    return not ? new Not(condition) : condition;
  }

  private String column() {
    Token token = token();
    boolean isName =
        token.kind() == Kind.NAME
            || (token.kind() == Kind.WORD
                && !KEY_WORDS.contains(token.text().toUpperCase(Locale.ROOT)));
    if (!isName) {
      throw unexpected("the name of a column");
    }
    next++;
    return token.text();
  }

  private Operator operator() {
    Token token = token();
    if (token.kind() == Kind.SIGN) {
      String sign = token.text().equals("<>") ? "!=" : token.text();
      for (Operator operator : Operator.values()) {
        if (operator.sql().equals(sign)) {
          next++;
          return operator;
        }
      }
    }
    throw unexpected("a comparison, IN or IS");
  }

  private List<Literal> values() {
    requireSign("(");
    List<Literal> values = new ArrayList<>(List.of(literal()));
    while (acceptSign(",")) {
      values.add(literal());
    }
    requireSign(")");
    return List.copyOf(values);
  }

  private Literal literal() {
    Token token = token();
    Literal literal =
        switch (token.kind()) {
          case TEXT -> new Literal(Condition.Kind.TEXT, token.text());
          case NUMBER -> new Literal(Condition.Kind.NUMBER, token.text());
          default -> {
            if (token.isWord("TRUE") || token.isWord("FALSE")) {
              yield new Literal(Condition.Kind.BOOLEAN, token.text().toLowerCase(Locale.ROOT));
            }
            if (token.isWord("NULL")) {
              throw new SearchRefusedException(
                  "`where` compares with NULL, which nothing is equal to: write `IS NULL`.");
            }
            throw unexpected("a value: 'text', a number, TRUE or FALSE");
          }
        };
    next++;
    return literal;
  }

  private boolean accept(String word) {
    if (token().isWord(word)) {
      next++;
      return true;
    }
    return false;
  }

  private boolean acceptSign(String sign) {
    if (token().isSign(sign)) {
      next++;
      return true;
    }
    return false;
  }

  private void requireSign(String sign) {
    if (!acceptSign(sign)) {
      throw unexpected("`" + sign + "`");
    }
  }

  private Token token() {
    return tokens.get(next);
  }

  private SearchRefusedException unexpected(String wanted) {
    Token token = token();
    return new SearchRefusedException(
        "`where` has %s at character %d, in place of %s. %s"
            .formatted(
                token.kind() == Kind.END ? token.text() : "`" + token.text() + "`",
                token.at(),
                wanted,
                FORM));
  }
}
