package dev.walcdc.clickhouse;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.RowTranslation;
import dev.walcdc.change.ShadowState;
import dev.walcdc.change.WideColumns;
import dev.walcdc.clickhouse.TableCatalog.Target;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies batches of changes. Safe to call at the same time for batches of different topics. When
 * {@link #apply} returns, the batch is queryable; when it throws, the batch may be applied in part
 * and must be applied again, which is safe at any later time and any number of times.
 */
final class ChangeSink {

  private static final Logger LOG = LoggerFactory.getLogger(ChangeSink.class);

  private final WideColumns wideColumns;
  private final TableCatalog catalog;
  private final Eraser eraser;
  private final ToastFiller filler;
  private final TableWriter writer;
  private final AppliedPositions positions;
  private final Map<TableName, Prepared> prepared = new ConcurrentHashMap<>();

  /** The encoder for a table as it was last. */
  private record Prepared(TableLayout layout, RowBinaryEncoder encoder) {

    TableSchema schema() {
      return layout.applied();
    }
  }

  /**
   * @param database see {@link TableCatalog}
   * @param maxRows rows of one request at most
   * @param wideColumns columns to keep as text
   */
  ChangeSink(
      ClickHouseServer server,
      String database,
      int maxRows,
      WideColumns wideColumns,
      AppliedPositions positions) {
    this.wideColumns = wideColumns;
    this.catalog = new TableCatalog(server, database);
    this.eraser = new Eraser(server);
    this.filler = new ToastFiller(server, eraser);
    this.writer = new TableWriter(server, maxRows);
    this.positions = positions;
  }

  /**
   * Applies one batch.
   *
   * @return row versions that it added, but those of an erasure
   */
  long apply(ChangeBatch batch) {
    long rows = batch.isEmpty() ? 0 : write(wideColumns.asText(batch));
    positions.applied(batch, rows);
    return rows;
  }

  private long write(ChangeBatch batch) {
    TableSchema schema = batch.schema();
    TableName table = catalog.nameOf(schema);
    if (!schema.hasKey()) {
      requireAppends(batch.changes(), schema);
    }
    try {
      Target target = catalog.targetFor(schema).orElse(null);
      ChangeBatch fitting = target == null ? null : fitting(batch, target.layout().applied());
      if (fitting == null) {
        return 0;
      }
      for (Erasure erasure : fitting.erasures()) {
        eraser.erase(target.layout(), fitting.schema(), erasure);
      }
      long rows = write(prepare(target.layout()), fitting.changes(), target.shadow());
      if (target.shadow()) {
        catalog.applied(fitting);
      }
      return rows;
    } catch (ClickHouseException e) {
      // Somebody may have dropped or altered the table: the next attempt looks again.
      catalog.forget(table);
      prepared.remove(table);
      prepared.remove(table.shadow());
      throw e;
    }
  }

  /**
   * The batch in the table's shape; null where it has no effect. Between an earlier definition that
   * does not fit and the table's own there was one that capture has read the table again for, and
   * what it read outranks all that was written before.
   */
  private static ChangeBatch fitting(ChangeBatch batch, TableSchema applied) {
    try {
      return RowTranslation.translate(batch, applied);
    } catch (RefusedChangeException e) {
      if (!ShadowState.isPossible(applied, batch.schema())) {
        throw e;
      }
      LOG.info(
          "Earlier changes have no effect, the table was read again since: {}", e.getMessage());
      return null;
    }
  }

  private long write(Prepared target, List<RowChange> changes, boolean shadow) {
    TableName table = target.layout().name();
    if (!target.schema().hasKey()) {
      writer.write(table, target.encoder(), changes);
      return changes.size();
    }
    AtomicLong rows = new AtomicLong();
    filler.fill(
        target.layout(),
        target.schema(),
        changes,
        shadow,
        part -> {
          writer.write(table, target.encoder(), part);
          rows.addAndGet(part.size());
        });
    return rows.get();
  }

  private Prepared prepare(TableLayout layout) {
    Prepared last = prepared.get(layout.name());
    if (last != null && last.layout().equals(layout)) {
      return last;
    }
    Prepared next = new Prepared(layout, new RowBinaryEncoder(layout.applied(), layout));
    prepared.put(layout.name(), next);
    return next;
  }

  private static void requireAppends(List<RowChange> changes, TableSchema schema) {
    List<RefusedChangeException> refused = new ArrayList<>();
    for (RowChange change : changes) {
      Operation operation = change.point().operation();
      if (operation != Operation.READ && operation != Operation.CREATE) {
        refused.add(
            new RefusedChangeException(
                schema.qualifiedName(),
                change,
                "An %s of table `%s` (%s) cannot be applied: the table has no primary key, so the row that it means is not known. %s"
                    .formatted(
                        operation,
                        schema.qualifiedName(),
                        RowLabel.of(change, schema),
                        "Add a primary key at the source and resync the table, or publish only its"
                            + " inserts (publish = 'insert, truncate').")));
      }
    }
    if (!refused.isEmpty()) {
      throw RefusedChangesException.of(refused);
    }
  }
}
