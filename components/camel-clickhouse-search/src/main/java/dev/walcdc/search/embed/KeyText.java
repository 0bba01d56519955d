package dev.walcdc.search.embed;

import dev.walcdc.clickhouse.Sql;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A row's key as texts, one a column, in a form that ClickHouse reads back into the column's type.
 * So the table of texts needs no columns of the key's types, and outlives a change of them.
 */
public final class KeyText {

  private KeyText() {}

  /** The key of a row, in key order. */
  static List<String> of(Object[] row, TableSchema schema, int[] keyIndexes) {
    List<String> key = new ArrayList<>(keyIndexes.length);
    for (int i : keyIndexes) {
      key.add(of(schema.columns().get(i), row[i]));
    }
    return key;
  }

  private static String of(Column column, Object value) {
    return switch (column.carrier()) {
      case DATE -> LocalDate.ofEpochDay((Integer) value).toString();
      case DECIMAL -> ((BigDecimal) value).toPlainString();
      case BYTES -> HexFormat.of().formatHex((byte[]) value);
      case TEXT, TIMESTAMP, TIMESTAMPTZ, BOOLEAN, INT16, INT32, INT64, FLOAT32, FLOAT64, UUID ->
          value.toString();
    };
  }

  /**
   * The expression that reads one of these texts.
   *
   * @param text expression of the text
   * @param type the column's type in ClickHouse, not nullable
   * @return expression of the value; NULL where the text is not one of that type, because the
   *     column had another type when it was written
   */
  public static String parse(Column column, String text, String type) {
    return switch (column.carrier()) {
      case TIMESTAMP, TIMESTAMPTZ ->
          "fromUnixTimestamp64Micro(accurateCastOrNull(%s, 'Int64'), 'UTC')".formatted(text);
      case BYTES -> "unhex(%s)".formatted(text);
      default -> "accurateCastOrNull(%s, %s)".formatted(text, Sql.literal(type));
    };
  }
}
