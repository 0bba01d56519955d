package dev.walcdc.clickhouse;

import java.util.Collection;
import java.util.stream.Collectors;

/** Quoting for ClickHouse's SQL. */
public final class Sql {

  private Sql() {}

  /** A name of any characters as an identifier. */
  public static String identifier(String name) {
    return quoted(name, '`');
  }

  /** Names as identifiers with commas between. */
  public static String identifiers(Collection<String> names) {
    return names.stream().map(Sql::identifier).collect(Collectors.joining(", "));
  }

  /** A text as a string literal. */
  public static String literal(String text) {
    return quoted(text, '\'');
  }

  private static String quoted(String text, char quote) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append(quote);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == quote || c == '\\') {
        quoted.append('\\');
      }
      quoted.append(c);
    }
    return quoted.append(quote).toString();
  }
}
