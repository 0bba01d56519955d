package dev.walcdc.capture;

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
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The schema under which each captured table's changes are written, and which schemas the log does
 * not hold yet. Used by one thread.
 */
public final class TableSchemas {

  private final Catalog catalog;
  private final int epoch;
  private final Map<TableName, NavigableMap<Long, TableSchema>> known = new HashMap<>();
  private final Map<TableName, Long> lastUsed = new HashMap<>();
  private final Map<String, TableSchema> unpublished = new LinkedHashMap<>();

  /**
   * @param published every schema that is on the log
   * @param epoch of the schemas that are made
   */
  public TableSchemas(Catalog catalog, Collection<TableSchema> published, int epoch) {
    this.catalog = catalog;
    this.epoch = epoch;
    for (TableSchema schema : published) {
      knownOf(new TableName(schema.schema(), schema.table())).put(schema.sequence(), schema);
    }
  }

  /** Says what tables look like at present. */
  @FunctionalInterface
  public interface Catalog {
    /** The present shape of a table; empty if there is no such table. */
    Optional<Shape> shape(TableName table) throws SQLException;
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
    if (!names(shape.columns()).equals(columns)) {
      // The table has changed since: what was found out at that time is better than a guess now.
      Optional<TableSchema> atThatTime =
          written(table).filter(schema -> names(schema.columns()).equals(columns)).findFirst();
      if (atThatTime.isPresent()) {
        lastUsed.put(table, atThatTime.get().sequence());
        return atThatTime.get();
      }
    }
    Map<String, Column> byName = new HashMap<>();
    shape.columns().forEach(column -> byName.put(column.name(), column));
    List<Column> present = new ArrayList<>();
    for (String name : columns) {
      present.add(byName.getOrDefault(name, new Column(name, PostgresType.of("text"), true, 0)));
    }
    List<String> key = columns.containsAll(shape.key()) ? shape.key() : List.of();
    return register(table, new Shape(present, key));
  }

  /**
   * The schema of a table's latest change, for the catalog may be ahead of the changes; of a table
   * without changes in this run the catalog's, which is empty if there is no such table any more.
   */
  public Optional<TableSchema> latest(TableName table) {
    return lastUsed.containsKey(table)
        ? Optional.of(knownOf(table).get(lastUsed.get(table)))
        : catalogShape(table).map(shape -> register(table, shape));
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

  /**
   * Changes that come again after a restart find the schema under which they were written before: a
   * table never goes back to an earlier definition just because capture did.
   */
  private TableSchema register(TableName table, Shape shape) {
    NavigableMap<Long, TableSchema> all = knownOf(table);
    long next = all.isEmpty() ? 1 : all.lastKey() + 1;
    TableSchema fresh =
        new TableSchema(table.schema(), table.table(), shape.columns(), shape.key(), epoch, next);
    TableSchema used =
        written(table).filter(schema -> schema.sameShape(fresh)).findFirst().orElse(fresh);
    lastUsed.put(table, used.sequence());
    if (used.sequence() == next) {
      all.put(next, fresh);
      unpublished.put(fresh.fingerprint(), fresh);
    }
    return used;
  }

  /** Schemas of this epoch from the one that was used last. */
  private Stream<TableSchema> written(TableName table) {
    return knownOf(table).tailMap(lastUsed.getOrDefault(table, 0L), true).values().stream()
        .filter(schema -> schema.epoch() == epoch);
  }

  private static List<String> names(List<Column> columns) {
    return columns.stream().map(Column::name).toList();
  }

  private NavigableMap<Long, TableSchema> knownOf(TableName table) {
    return known.computeIfAbsent(table, t -> new TreeMap<>());
  }
}
