package dev.walcdc.stock;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The columns of a table as its records describe them, and how a row is turned. */
final class StockLayout {

  private final List<StockColumn> columns;
  private final List<String> key;
  private final Map<String, StockColumn> byName = new HashMap<>();
  private final Map<String, Integer> scales = new HashMap<>();

  private StockLayout(List<StockColumn> columns, List<String> key) {
    this.columns = List.copyOf(columns);
    this.key = List.copyOf(key);
    columns.forEach(column -> byName.put(column.column().name(), column));
  }

  /** Of JSON without a schema: every column is text. */
  static StockLayout untyped(List<String> names, List<String> key) {
    Set<String> inKey = Set.copyOf(key);
    return new StockLayout(
        names.stream().map(name -> StockColumn.untyped(name, inKey.contains(name))).toList(), key);
  }

  /**
   * Of Connect's JSON schema.
   *
   * @param row the schema of an envelope's {@code after} or {@code before}
   */
  static StockLayout typed(JsonNode row, List<String> key) {
    List<StockColumn> columns = new ArrayList<>();
    row.path("fields").forEach(field -> columns.add(StockColumn.of(field)));
    StockLayout layout = new StockLayout(columns, key);
    row.path("fields")
        .forEach(field -> layout.scales.put(field.path("field").asText(), StockForm.scale(field)));
    return layout;
  }

  /**
   * The table's schema.
   *
   * @throws IllegalArgumentException if a key column is not among the columns
   */
  TableSchema schema(String schema, String table, int epoch, long sequence) {
    List<Column> described = columns.stream().map(StockColumn::column).toList();
    return new TableSchema(schema, table, described, key, epoch, sequence);
  }

  /** Whether rows have a key. */
  boolean hasKey() {
    return !key.isEmpty();
  }

  /** Writes the row at the parser's present token, or null. */
  void turnRow(JsonParser json, JsonGenerator out) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      out.copyCurrentStructureExact(json);
      return;
    }
    out.writeStartObject();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      out.writeFieldName(name);
      StockColumn column = byName.get(name);
      if (column == null || !StockForm.isValue(json)) {
        out.copyCurrentStructureExact(json); // The normalizer refuses a column that is not known.
      } else {
        turn(json, out, column);
      }
    }
    out.writeEndObject();
  }

  private void turn(JsonParser json, JsonGenerator out, StockColumn column) throws IOException {
    String name = column.column().name();
    try {
      column.form().turn(json, out, scales.getOrDefault(name, 0));
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new IOException("column `%s`: %s".formatted(name, e.getMessage()), e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StockLayout layout
        && columns.equals(layout.columns)
        && scales.equals(layout.scales)
        && key.equals(layout.key);
  }

  @Override
  public int hashCode() {
    return columns.hashCode();
  }
}
