package dev.walcdc.verify;

/** Quoting for the SQL of both databases. */
final class Names {

  private Names() {}

  static String postgres(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  static String clickHouse(String name) {
    return '`' + name.replace("\\", "\\\\").replace("`", "\\`") + '`';
  }

  static String clickHouseLiteral(String text) {
    return '\'' + text.replace("\\", "\\\\").replace("'", "\\'") + '\'';
  }
}
