package dev.walcdc.capture;

import dev.walcdc.capture.StreamedTable.Attribute;
import dev.walcdc.capture.resync.RereadRequests;
import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.schema.TableSchema.Origin;
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

/**
 * The schema under which each captured table's changes are written, and which schemas the log does
 * not hold yet. A schema says from which LSN on it holds, so that a change that comes again is
 * written under the one that it was written under before. Used by one thread.
 */
public final class TableSchemas {

  private static final Origin UNKNOWN = new Origin(0, 0, "", "");

  private final Catalog catalog;
  private final RereadRequests requests;
  private final int epoch;
  private final Map<TableName, NavigableMap<Long, TableSchema>> known = new HashMap<>();
  private final Map<TableName, Long> lastUsed = new HashMap<>();
  private final Map<String, TableSchema> unpublished = new LinkedHashMap<>();
  private final Map<TableName, Optional<Definition>> beforeSnapshot = new HashMap<>();

  /** What the catalog said last of each table's files and columns, by the table's number. */
  private final Map<Long, Origin> states = new HashMap<>();

  /**
   * @param requests told of tables whose rows may hold what was never streamed, before the schema
   *     that made it notice is handed out
   * @param published every schema that is on the log
   * @param epoch of the schemas that are made
   */
  public TableSchemas(
      Catalog catalog, RereadRequests requests, Collection<TableSchema> published, int epoch) {
    this.catalog = catalog;
    this.requests = requests;
    this.epoch = epoch;
    for (TableSchema schema : published) {
      knownOf(new TableName(schema.schema(), schema.table())).put(schema.sequence(), schema);
    }
  }

  /** Says what tables look like at present. */
  @FunctionalInterface
  public interface Catalog {
    /** The present definition of a table; empty if there is no such table. */
    Optional<Definition> definition(TableName table) throws SQLException;
  }

  /**
   * Notes what these tables look like before a snapshot reads them.
   *
   * @throws CaptureException if the source does not answer
   */
  public void snapshotBegins(Collection<TableName> tables) {
    for (TableName table : tables) {
      beforeSnapshot.put(table, present(table));
    }
  }

  /**
   * The schema of rows that a snapshot read.
   *
   * @throws CaptureException if the table was changed meanwhile, so that nobody can say what the
   *     rows that come were read as; or the source does not answer
   */
  public TableSchema ofSnapshot(TableName table, List<String> columns) {
    Definition now =
        present(table)
            .filter(d -> d.columns().stream().map(Column::name).toList().equals(columns))
            .filter(
                d ->
                    !beforeSnapshot.containsKey(table)
                        || beforeSnapshot.get(table).filter(d::isStill).isPresent())
            .orElseThrow(
                () ->
                    new CaptureException(
                        "Table %s was changed while its snapshot was read; the snapshot begins again"
                            .formatted(table)));
    return register(table, now.columns(), now.key(), state(now, 0));
  }

  /**
   * The schema of changes that follow in the stream.
   *
   * @param lsn of the first of them
   */
  public TableSchema of(StreamedTable table, long lsn) {
    TableSchema before = at(table.name(), lsn);
    TableSchema next = after(table.name(), lsn);
    if (before != null && fits(before, table)) {
      requestAgain(before, table, lsn);
      if (next != null) {
        return use(before); // They come again.
      }
    }
    if (next != null && fits(next, table)) {
      return use(next);
    }
    List<Column> columns = columns(table, before);
    Origin origin = origin(table, before, lsn);
    if (before != null) {
      Optional<String> reason = WhyReadAgain.of(before, columns, table, origin, stateOf(before));
      states.put(table.oid(), origin);
      if (reason.isPresent()) {
        requests.readAgain(table.name(), reason.get());
      } else if (isShapedAs(before, columns, table.key())) {
        return use(before);
      }
    }
    return register(table.name(), columns, table.key(), origin);
  }

  /**
   * The change that brought this schema comes again, so nobody knows whether the request that it
   * made was kept.
   */
  private void requestAgain(TableSchema schema, StreamedTable table, long lsn) {
    TableSchema before = at(table.name(), lsn - 1);
    if (before != null && originOf(schema).sinceLsn() == lsn) {
      WhyReadAgain.of(before, schema.columns(), table, originOf(schema), originOf(before))
          .ifPresent(reason -> requests.readAgain(table.name(), reason));
    }
  }

  private Origin stateOf(TableSchema schema) {
    return states.getOrDefault(originOf(schema).oid(), originOf(schema));
  }

  private static Origin originOf(TableSchema schema) {
    return schema.origin() != null ? schema.origin() : UNKNOWN;
  }

  private static Origin origin(StreamedTable table, TableSchema before, long lsn) {
    if (table.present() != null) {
      return state(table.present(), lsn);
    }
    boolean known = before != null && originOf(before).oid() == table.oid();
    return new Origin(
        lsn,
        table.oid(),
        known ? originOf(before).files() : "",
        known ? originOf(before).attributes() : "");
  }

  private static Origin state(Definition definition, long lsn) {
    return new Origin(lsn, definition.oid(), definition.files(), definition.attributes());
  }

  private static boolean isShapedAs(TableSchema schema, List<Column> columns, List<String> key) {
    return schema.columns().equals(columns) && schema.key().equals(key);
  }

  private static boolean fits(TableSchema schema, StreamedTable table) {
    return schema.key().equals(table.key())
        && schema.columns().stream()
            .map(column -> new Attribute(column.name(), column.type()))
            .toList()
            .equals(table.columns());
  }

  /**
   * A column that was ever nullable stays so: rows from that time may come yet. So does one that
   * was added, since nobody knows how soon it was declared NOT NULL.
   */
  private List<Column> columns(StreamedTable table, TableSchema before) {
    List<Column> last =
        before != null
            ? before.columns()
            : beforeSnapshot
                .getOrDefault(table.name(), Optional.empty())
                .filter(d -> d.oid() == table.oid())
                .map(Definition::columns)
                .orElse(List.of());
    int[] numbers = ColumnNumbers.of(table.columns(), last, table.present());
    List<Column> columns = new ArrayList<>(numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      Attribute column = table.columns().get(i);
      int number = numbers[i];
      boolean nullable =
          !table.key().contains(column.name())
              && (isNullable(last, number, before != null)
                  || table.present() == null
                  || isNullable(table.present().columns(), number, true));
      columns.add(new Column(column.name(), column.type(), nullable, number));
    }
    return columns;
  }

  private static boolean isNullable(List<Column> columns, int number, boolean otherwise) {
    return columns.stream()
        .filter(column -> number != 0 && column.attnum() == number)
        .map(Column::nullable)
        .findFirst()
        .orElse(otherwise);
  }

  /**
   * The LSN from which on changes have another schema, as changes had that are already on the log;
   * {@link Long#MAX_VALUE} where no other is known.
   */
  public long until(TableSchema schema) {
    TableSchema next =
        after(new TableName(schema.schema(), schema.table()), originOf(schema).sinceLsn());
    return next == null ? Long.MAX_VALUE : originOf(next).sinceLsn();
  }

  /**
   * The schema of a table's latest change, for the catalog may be ahead of the changes; of a table
   * without changes in this run the catalog's, which is empty if there is no such table any more.
   */
  public Optional<TableSchema> latest(TableName table) {
    return lastUsed.containsKey(table)
        ? Optional.of(knownOf(table).get(lastUsed.get(table)))
        : present(table).map(now -> register(table, now.columns(), now.key(), state(now, 0)));
  }

  /** Schemas that were made since the last call; they are to be written before they are named. */
  public List<TableSchema> takeUnpublished() {
    List<TableSchema> taken = List.copyOf(unpublished.values());
    unpublished.clear();
    return taken;
  }

  private Optional<Definition> present(TableName table) {
    try {
      return catalog.definition(table);
    } catch (SQLException e) {
      throw new CaptureException(
          "The catalog does not say what table %s looks like: %s".formatted(table, e.getMessage()),
          e);
    }
  }

  private TableSchema register(
      TableName table, List<Column> columns, List<String> key, Origin origin) {
    TableSchema before = at(table, origin.sinceLsn());
    if (before != null
        && isShapedAs(before, columns, key)
        && originOf(before).sinceLsn() == origin.sinceLsn()) {
      return use(before);
    }
    NavigableMap<Long, TableSchema> all = knownOf(table);
    long sequence = all.isEmpty() ? 1 : all.lastKey() + 1;
    TableSchema fresh =
        new TableSchema(table.schema(), table.table(), columns, key, epoch, sequence, origin);
    all.put(sequence, fresh);
    unpublished.put(fresh.fingerprint(), fresh);
    return use(fresh);
  }

  private TableSchema use(TableSchema schema) {
    lastUsed.put(new TableName(schema.schema(), schema.table()), schema.sequence());
    return schema;
  }

  /** The schema of this epoch that a change at this LSN is under, as far as is known; or null. */
  private TableSchema at(TableName table, long lsn) {
    return knownOf(table).descendingMap().values().stream()
        .filter(schema -> schema.epoch() == epoch && originOf(schema).sinceLsn() <= lsn)
        .findFirst()
        .orElse(null);
  }

  /** The schema that follows it; or null. */
  private TableSchema after(TableName table, long lsn) {
    return knownOf(table).values().stream()
        .filter(schema -> schema.epoch() == epoch && originOf(schema).sinceLsn() > lsn)
        .findFirst()
        .orElse(null);
  }

  private NavigableMap<Long, TableSchema> knownOf(TableName table) {
    return known.computeIfAbsent(table, t -> new TreeMap<>());
  }
}
