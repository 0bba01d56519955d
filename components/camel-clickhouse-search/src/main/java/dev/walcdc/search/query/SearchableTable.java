package dev.walcdc.search.query;

import dev.walcdc.clickhouse.TableName;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.search.embed.EmbeddedColumns;
import java.util.List;
import java.util.Map;

/**
 * A table that can be searched.
 *
 * @param name its name in ClickHouse
 * @param schema the source's definition that it follows
 * @param types types of the columns that its view of present rows shows, by name, in their order
 */
record SearchableTable(TableName name, TableSchema schema, Map<String, String> types) {

  /** As at the source, {@code schema.table}. */
  String sourceName() {
    return schema.qualifiedName();
  }

  /** Columns whose text leads to a row; a text that is in none of them any more leads nowhere. */
  List<String> textColumns() {
    return schema.columns().stream()
        .filter(EmbeddedColumns::isText)
        .map(Column::name)
        .filter(types::containsKey)
        .toList();
  }

  /** The key's columns, in key order. */
  List<Column> key() {
    Map<String, Integer> indexes = schema.indexes();
    return schema.key().stream().map(name -> schema.columns().get(indexes.get(name))).toList();
  }
}
