package dev.walcdc.capture;

import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.Shape;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The present schema of each captured table, and which of them the log does not hold yet. Used by
 * one thread.
 */
public final class TableSchemas {

  private final SourceCatalog catalog;
  private final int epoch;
  private final Map<TableName, TableSchema> present = new HashMap<>();
  private final Map<String, TableSchema> unpublished = new LinkedHashMap<>();

  /**
   * @param known every schema that is on the log
   * @param epoch of the schemas that are made
   */
  public TableSchemas(SourceCatalog catalog, Collection<TableSchema> known, int epoch) {
    this.catalog = catalog;
    this.epoch = epoch;
    for (TableSchema schema : known) {
      present.merge(
          new TableName(schema.schema(), schema.table()),
          schema,
          (a, b) -> a.sequence() >= b.sequence() ? a : b);
    }
  }

  /**
   * The schema of a table whose changes have these columns: from the catalog where it still says
   * the same, which also knows each column's number and exact type; a column that the catalog no
   * longer has travels as text.
   *
   * @throws CaptureException if the source does not answer
   */
  public TableSchema of(TableName table, List<String> columns) {
    Shape shape = catalogShape(table).orElse(new Shape(List.of(), List.of()));
    Map<String, Column> byName = new HashMap<>();
    shape.columns().forEach(column -> byName.put(column.name(), column));
    List<Column> present = new ArrayList<>();
    for (String name : columns) {
      present.add(byName.getOrDefault(name, new Column(name, PostgresType.of("text"), true, 0)));
    }
    List<String> key = columns.containsAll(shape.key()) ? shape.key() : List.of();
    return register(table, new Shape(present, key));
  }

  /** The schema of a table as the catalog has it; empty if there is no such table any more. */
  public Optional<TableSchema> ofCatalog(TableName table) {
    return catalogShape(table).map(shape -> register(table, shape));
  }

  /** Schemas that were made since the last call; they are to be written before they are named. */
  public List<TableSchema> takeUnpublished() {
    List<TableSchema> taken = List.copyOf(unpublished.values());
    unpublished.clear();
    return taken;
  }

  private Optional<Shape> catalogShape(TableName table) {
    try {
      return catalog.shape(table);
    } catch (SQLException e) {
      throw new CaptureException(
          "The catalog does not say what table %s looks like: %s".formatted(table, e.getMessage()),
          e);
    }
  }

  private TableSchema register(TableName table, Shape shape) {
    TableSchema last = present.get(table);
    long sequence = last == null ? 1 : last.sequence() + 1;
    TableSchema schema =
        new TableSchema(
            table.schema(), table.table(), shape.columns(), shape.key(), epoch, sequence);
    if (last != null && last.epoch() == epoch && last.sameShape(schema)) {
      return last;
    }
    present.put(table, schema);
    unpublished.put(schema.fingerprint(), schema);
    return schema;
  }
}
