package dev.walcdc.search.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cuts a condition's text into words, signs and literals. What is none of these is refused. */
final class ConditionLexer {

  /** What a token is. */
  enum Kind {
    /** A name without quotes or a key word. */
    WORD,
    /** A name in double quotes, without them. */
    NAME,
    /** A text in single quotes, without them. */
    TEXT,
    NUMBER,
    SIGN,
    END
  }

  /**
   * One token.
   *
   * @param at its place in the text, from 1 on
   */
  record Token(Kind kind, String text, int at) {

    /** Whether it is this key word. */
    boolean isWord(String word) {
      return kind == Kind.WORD && text.toUpperCase(Locale.ROOT).equals(word);
    }

    boolean isSign(String sign) {
      return kind == Kind.SIGN && text.equals(sign);
    }
  }

  private static final List<String> SIGNS =
      List.of("<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ",");

  private final String text;
  private int position;

  private ConditionLexer(String text) {
    this.text = text;
  }

  /** All tokens, an {@link Kind#END} last. */
  static List<Token> tokens(String text) {
    return new ConditionLexer(text).all();
  }

  private List<Token> all() {
    List<Token> tokens = new ArrayList<>();
    while (true) {
      while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
        position++;
      }
      if (position == text.length()) {
        tokens.add(new Token(Kind.END, "its end", position + 1));
        return tokens;
      }
      tokens.add(next());
    }
  }

  private Token next() {
    int at = position + 1;
    char c = text.charAt(position);
    if (c == '\'') {
      return new Token(Kind.TEXT, quoted('\''), at);
    }
    if (c == '"') {
      return new Token(Kind.NAME, quoted('"'), at);
    }
    if (isDigit(c) || (c == '-' && position + 1 < text.length() && isDigit(peek(1)))) {
      return new Token(Kind.NUMBER, number(), at);
    }
    if (isNameStart(c)) {
      int start = position;
      while (position < text.length()
          && (isNameStart(text.charAt(position)) || isDigit(text.charAt(position)))) {
        position++;
      }
      return new Token(Kind.WORD, text.substring(start, position), at);
    }
    for (String sign : SIGNS) {
      if (text.startsWith(sign, position)) {
        position += sign.length();
        return new Token(Kind.SIGN, sign, at);
      }
    }
    throw new SearchRefusedException(
        "`where` has `%s` at character %d, which is no part of a condition. %s"
            .formatted(Character.toString(text.codePointAt(position)), at, ConditionParser.FORM));
  }

  private char peek(int ahead) {
    return text.charAt(position + ahead);
  }

  /** A quote inside is written twice; nothing else has a meaning there. */
  private String quoted(char quote) {
    int start = position++;
    StringBuilder inside = new StringBuilder();
    while (position < text.length()) {
      char c = text.charAt(position++);
      if (c != quote) {
        inside.append(c);
      } else if (position < text.length() && text.charAt(position) == quote) {
        inside.append(quote);
        position++;
      } else {
        return inside.toString();
      }
    }
    throw new SearchRefusedException(
        "`where` has no second %c for the one at character %d; inside of it a %c is written twice."
            .formatted(quote, start + 1, quote));
  }

  private String number() {
    int start = position++;
    while (position < text.length() && isDigit(text.charAt(position))) {
      position++;
    }
    if (position + 1 < text.length() && text.charAt(position) == '.' && isDigit(peek(1))) {
      position++;
      while (position < text.length() && isDigit(text.charAt(position))) {
        position++;
      }
    }
    return text.substring(start, position);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameStart(char c) {
    return c == '_' || Character.isLetter(c);
  }
}
