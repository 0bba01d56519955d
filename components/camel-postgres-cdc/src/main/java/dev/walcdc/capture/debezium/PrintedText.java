package dev.walcdc.capture.debezium;

import java.util.List;

/**
 * How PostgreSQL prints values to capture: the same in the snapshot and in the stream, whatever is
 * set for the database, the role or this machine. The names of objects (regclass) come with their
 * schema, times with a zone come in UTC.
 *
 * @see <a href="https://www.postgresql.org/docs/current/runtime-config-client.html">PostgreSQL,
 *     Client Connection Defaults</a>
 */
final class PrintedText {

  private static final List<String> STATEMENTS =
      List.of(
          "SET DateStyle = 'ISO, MDY'",
          "SET IntervalStyle = 'postgres'",
          "SET TimeZone = 'UTC'",
          "SET extra_float_digits = 1",
          "SET bytea_output = 'hex'",
          "SET lc_monetary = 'C'",
          "SET quote_all_identifiers = off",
          "SET search_path = 'pg_catalog'");

  private PrintedText() {}

  /** For a session of one's own. */
  static String[] statements() {
    return STATEMENTS.toArray(String[]::new);
  }

  /** As Debezium takes them. */
  static String script() {
    return String.join("; ", STATEMENTS);
  }
}
