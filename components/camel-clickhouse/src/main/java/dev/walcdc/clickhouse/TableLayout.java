package dev.walcdc.clickhouse;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A table as it stands in ClickHouse.
 *
 * @param name its name
 * @param applied the source's definition that it follows; it may be newer than that of a batch that
 *     is replayed
 * @param columns types of the columns that hold values of the source; somebody may have added
 *     others
 */
record TableLayout(TableName name, TableSchema applied, Map<String, ClickHouseType> columns) {

  TableLayout {
    columns = Map.copyOf(columns);
  }

  /** The layout of a table that is made for this schema. */
  static TableLayout of(TableName name, TableSchema schema) {
    return new TableLayout(name, schema, typesOf(schema));
  }

  /** The type for each column of a schema, in the schema's order. */
  static Map<String, ClickHouseType> typesOf(TableSchema schema) {
    Map<String, ClickHouseType> types = new LinkedHashMap<>();
    for (Column column : schema.columns()) {
      types.put(column.name(), ClickHouseType.of(column, schema.key().contains(column.name())));
    }
    return types;
  }
}
