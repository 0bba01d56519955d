package dev.walcdc.verify;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.util.List;

/**
 * What to compare of a table.
 *
 * @param table the table
 * @param only {@code ONLY}, or nothing where the table is partitioned and has no rows of its own
 * @param expectedRows what PostgreSQL estimates
 * @param keyColumns how many of the columns, from the first on, identify a row; 0 if none do
 * @param columns its columns, the key's first
 */
record TablePlan(
    TableName table, String only, long expectedRows, int keyColumns, List<ComparedColumn> columns) {

  boolean hasKey() {
    return keyColumns > 0;
  }

  List<ComparedColumn> key() {
    return columns.subList(0, keyColumns);
  }

  List<String> columnNames() {
    return columns.stream().map(ComparedColumn::name).toList();
  }

  /** The table as PostgreSQL's FROM takes it. */
  String postgresFrom() {
    return only + Names.postgres(table.schema()) + "." + Names.postgres(table.table());
  }
}
