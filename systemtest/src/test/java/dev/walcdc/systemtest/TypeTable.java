package dev.walcdc.systemtest;

import dev.walcdc.schema.Carrier;
import java.util.List;
import java.util.Locale;

/** The documentation's table of types, from what the pipeline made of them. */
final class TypeTable {

  /**
   * One row.
   *
   * @param type as it is declared in PostgreSQL
   * @param carrier what its values are in the pipeline
   * @param clickHouse the column's type there
   * @param iceberg the column's type there
   */
  record Line(String type, Carrier carrier, String clickHouse, String iceberg) {

    private String markdown() {
      return "| %s | %s | %s | %s | %s |"
          .formatted(type, envelope(carrier), clickHouse, iceberg, trino(iceberg));
    }
  }

  private static final String HEAD =
      """
      # Types

      What a column becomes, by its type in PostgreSQL; a domain is what it is made of. This page is
      written by the test that compares values of all these types in all systems, cell by cell:

          mvn verify -pl systemtest -am -Dit.test=TypeMatrixIT -Dwalcdc.types.write=true \\
            -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false

      *Text* is what PostgreSQL itself prints with `DateStyle=ISO`, `IntervalStyle=postgres`,
      `TimeZone=UTC`, `extra_float_digits=1`, `bytea_output=hex`, `lc_monetary=C` and `search_path=pg_catalog`,
      whatever is set for the database. Any type that is not in the table is text as well.

      A value that a sink's type does not hold is refused there, by the name of its table and column; it is
      never clamped, rounded or NULLed. ClickHouse's Date32 and DateTime64(6) hold 1900-01-01 to 2299-12-31,
      Decimal holds no NaN; Iceberg holds no infinity and no NaN in a decimal, and no floating-point number in a
      key. Where a column has such values, name it in `clickhouse.wideColumns` or `iceberg.wideColumns`
      (regular expressions of `schema.table.column`, comma between): the sink then keeps it as text. Refused in any
      case is a timestamp from 294247-01-10 04:00:25 on, of which 64 bits hold no microseconds.

      In the envelope an infinite date is 2147483647 or -2147483648, an infinite timestamp
      9223372036825200000 or -9223372036832400000 (Debezium's numbers), an infinite timestamptz a word.

      Of the table's last lines `app.mood` is an enum, `app.pair` a composite type, and the others are domains
      of smallint, numeric(9,2), date, interval and integer[].

      | PostgreSQL | envelope | ClickHouse | Iceberg | Trino, of Iceberg |
      |---|---|---|---|---|
      """;

  private TypeTable() {}

  static String markdown(List<Line> lines) {
    StringBuilder page = new StringBuilder(HEAD);
    lines.forEach(line -> page.append(line.markdown()).append('\n'));
    return page.toString();
  }

  private static String envelope(Carrier carrier) {
    return switch (carrier) {
      case BOOLEAN -> "true, false";
      case INT16, INT32, INT64 -> "number";
      case FLOAT32, FLOAT64 -> "number, or `\"NaN\"`, `\"Infinity\"`, `\"-Infinity\"`";
      case DECIMAL -> "text of the number";
      case DATE -> "days since 1970-01-01";
      case TIMESTAMP -> "microseconds since 1970-01-01";
      case TIMESTAMPTZ -> "ISO 8601 in UTC";
      case UUID, TEXT -> "text";
      case BYTES -> "Base64";
    };
  }

  /**
   * See <a href="https://trino.io/docs/current/connector/iceberg.html#type-mapping">Trino, Iceberg
   * to Trino type mapping</a>.
   */
  private static String trino(String iceberg) {
    return switch (iceberg) {
      case "int" -> "INTEGER";
      case "long" -> "BIGINT";
      case "float" -> "REAL";
      case "string" -> "VARCHAR";
      case "binary" -> "VARBINARY";
      case "timestamp" -> "TIMESTAMP(6)";
      case "timestamptz" -> "TIMESTAMP(6) WITH TIME ZONE";
      default -> iceberg.toUpperCase(Locale.ROOT);
    };
  }
}
