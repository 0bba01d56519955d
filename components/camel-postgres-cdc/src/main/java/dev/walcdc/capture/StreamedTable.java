package dev.walcdc.capture;

import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.PostgresType;
import java.util.List;

/**
 * A table as the stream describes it for the changes that follow, and what the catalog said of it
 * when the description came.
 *
 * @param name the table's name at that time
 * @param oid {@code pg_class.oid}
 * @param columns its columns at that time, in their order
 * @param key names of the columns that identify a row, in key order; empty if there are none
 * @param present what the catalog says now; null if the table is gone
 */
public record StreamedTable(
    TableName name, long oid, List<Attribute> columns, List<String> key, Definition present) {

  /** A column's name and type. */
  public record Attribute(String name, PostgresType type) {}

  /** A table of which nothing has changed since the catalog said this. */
  public static StreamedTable of(TableName name, Definition present) {
    return new StreamedTable(
        name,
        present.oid(),
        present.columns().stream().map(c -> new Attribute(c.name(), c.type())).toList(),
        present.key(),
        present);
  }
}
