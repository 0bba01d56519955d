package dev.walcdc.iceberg;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.iceberg.ChangeWriter.WrittenFiles;
import dev.walcdc.iceberg.TableCommitter.Commit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the batches of one topic to its table.
 *
 * <p>The way of a batch: the table is opened (or created, or given new columns); what it has
 * already applied is left out; unchanged values are filled in; files are written; and one commit
 * takes rows, deletions, erasure and position together. So a crash at any point leaves a table that
 * is either before the batch or after it.
 *
 * <p>All methods exclude each other: a table has one writer at a time.
 */
final class TableSink {

  private static final Logger LOG = LoggerFactory.getLogger(TableSink.class);

  /** How often a batch is planned anew because maintenance rewrote the table meanwhile. */
  private static final int PLANS = 5;

  private final String topic;
  private final LakeTables tables;

  /** Commits of ours whose outcome was not known: if one shows up later, it is no second writer. */
  private final Set<String> unresolved = new HashSet<>();

  private LakeTable table;

  /** Where this writer left the table; null before it looked. */
  private Positions expected;

  TableSink(String topic, LakeTables tables) {
    this.topic = topic;
    this.tables = tables;
  }

  /** The table's position now; from here on this writer holds it to be its own. */
  synchronized SortedMap<Integer, Long> takeOver() {
    table = null;
    expected = null;
    Optional<LakeTable> found = tables.find(topic);
    if (found.isEmpty()) {
      return new TreeMap<>();
    }
    table = found.get();
    expected = PositionHistory.latest(table.operations().current(), topic);
    return expected.nextOffsets();
  }

  /**
   * Applies a batch: all of it, or nothing.
   *
   * @throws RefusedChangeException if it can never be applied as it is
   * @throws SecondWriterException if the table is not where this writer left it
   * @throws UnknownOutcomeException if it may have been applied; trying again is safe
   */
  synchronized void apply(ChangeBatch batch) {
    refuseUnidentified(batch);
    for (int plan = 1; ; plan++) {
      try {
        applyOnce(batch);
        return;
      } catch (OutdatedPlanException e) {
        if (plan == PLANS) {
          throw e;
        }
        LOG.info("Planning a batch of {} anew: {}", topic, e.getMessage());
      }
    }
  }

  private static void refuseUnidentified(ChangeBatch batch) {
    if (batch.schema().hasKey()) {
      return;
    }
    for (RowChange change : batch.changes()) {
      Operation operation = change.point().operation();
      if (operation == Operation.UPDATE || operation == Operation.DELETE) {
        throw new RefusedChangeException(
            batch.schema().qualifiedName(),
            change,
            ("%s at %s of table `%s`, which has no primary key: its rows cannot be told apart. Add a"
                    + " primary key at the source and resync the table")
                .formatted(operation, change.version(), batch.schema().qualifiedName()));
      }
    }
  }

  private void applyOnce(ChangeBatch batch) {
    TableMetadata base = open(batch);
    Positions found = PositionHistory.latest(base, topic);
    TableCommitter committer = new TableCommitter(table.name(), table.operations(), unresolved);
    if (expected == null) {
      expected = found;
    } else if (!found.equals(expected)) {
      RuntimeException moved = committer.moved(expected, found);
      if (!(moved instanceof OutdatedPlanException)) {
        throw moved;
      }
      expected = found;
    }
    if (batch.progress().entrySet().stream().allMatch(this::isApplied)) {
      LOG.info("Table {} has the batch that ends at {} already", table.name(), batch.progress());
      return;
    }
    new SchemaEvolution(table, batch.schema()).apply();
    write(batch, table.operations().current(), committer);
  }

  private TableMetadata open(ChangeBatch batch) {
    if (table == null) {
      table = tables.openOrCreate(topic, batch.schema());
      return table.operations().current();
    }
    try {
      return table.operations().refresh();
    } catch (NoSuchTableException e) {
      throw new SecondWriterException(
          ("Table %s was dropped while this writer was at work on it. This writer stops; restart it"
                  + " to make the table anew from the beginning of topic `%s`")
              .formatted(table.name(), topic),
          e);
    }
  }

  private boolean isApplied(Map.Entry<Integer, PartitionProgress> progress) {
    return progress.getValue().nextOffset() <= expected.nextOffset(progress.getKey());
  }

  private void write(ChangeBatch batch, TableMetadata base, TableCommitter committer) {
    if (base.spec().isPartitioned()) {
      throw new RefusedChangeException(
          batch.schema().qualifiedName(),
          ("Table %s was partitioned by someone else. This sink writes unpartitioned tables, because"
                  + " rows are deleted by their key alone. Remove the partition fields")
              .formatted(table.name()));
    }
    Table snapshot = new BaseTable(new PinnedOperations(table.operations(), base), table.name());
    Schema identity = TableLayout.identity(snapshot.schema(), batch.schema());
    RowMapper rows = RowMapper.of(batch.schema(), snapshot.schema(), identity);
    Version eraseBelow = erasure(batch);
    Version erasedBelow = eraseBelow != null ? eraseBelow : expected.erasedBelow();
    List<RowChange> changes = notYetApplied(batch, erasedBelow);
    int oldestEpoch = oldestEpochLeft(eraseBelow, changes, snapshot);
    AppliedBefore applied = new AppliedBefore(expected, oldestEpoch, batch.schema().hasKey());
    changes = new UnchangedValues(snapshot, batch.schema(), applied).fill(changes);
    if (!batch.schema().hasKey()) {
      changes = RepeatedRows.without(changes, batch.schema());
    }

    String commitId = UUID.randomUUID().toString();
    try (ChangeWriter writer = new ChangeWriter(snapshot, identity, commitId)) {
      ErasePlan erasure = eraseBelow == null ? null : ErasePlan.of(snapshot, identity, eraseBelow);
      if (erasure != null) {
        erasure.deleteFromMixedFiles(writer);
      }
      for (RowChange change : changes) {
        if (applied.maybe(change)) {
          writer.delete(rows.identity(change));
        }
        if (!change.isDelete()) {
          writer.insert(rows.row(change));
        }
      }
      WrittenFiles files = writer.complete();
      if (files.isEmpty() && erasure == null) {
        return;
      }
      Positions next = next(batch, changes, commitId, oldestEpoch, erasedBelow);
      Commit commit =
          new Commit(
              commitId,
              expected,
              next,
              files,
              erasure == null ? List.of() : erasure.wholeFiles(),
              erasure != null);
      commit(commit, base, committer, writer);
    }
  }

  private void commit(
      Commit commit, TableMetadata base, TableCommitter committer, ChangeWriter writer) {
    try {
      committer.commit(commit, base);
      expected = commit.next();
      // They were made on metadata that this commit has replaced.
      unresolved.clear();
    } catch (UnknownOutcomeException e) {
      unresolved.add(commit.id());
      throw e;
    } catch (RuntimeException e) {
      writer.discard();
      throw e;
    }
  }

  /**
   * Leaves out the partitions of which the table has applied all that the batch carries, and what
   * an erasure outranks: it came by another partition first, or this is a replay.
   */
  private List<RowChange> notYetApplied(ChangeBatch batch, Version erasedBelow) {
    Set<Integer> applied = new HashSet<>();
    for (Map.Entry<Integer, PartitionProgress> progress : batch.progress().entrySet()) {
      if (isApplied(progress)) {
        applied.add(progress.getKey());
      }
    }
    if (applied.isEmpty() && erasedBelow.equals(Version.NONE)) {
      return batch.changes();
    }
    return batch.changes().stream()
        .filter(change -> !applied.contains(change.partition()))
        .filter(change -> !Positions.outranks(erasedBelow, change.version()))
        .toList();
  }

  /** What the batch erases; null where there is nothing, or it was erased before. */
  private Version erasure(ChangeBatch batch) {
    return batch.eraseBelow() != null
            && Positions.outranks(batch.eraseBelow(), expected.erasedBelow())
        ? batch.eraseBelow()
        : null;
  }

  /** No row that the batch finds is of a lower epoch, once its erasure took effect; 0: unknown. */
  private int oldestEpochLeft(Version eraseBelow, List<RowChange> changes, Table snapshot) {
    int oldest = expected.oldestEpoch();
    if (snapshot.currentSnapshot() == null) {
      oldest = changes.stream().mapToInt(c -> c.version().epoch()).max().orElse(0);
    }
    return eraseBelow == null ? oldest : Math.max(oldest, eraseBelow.epoch());
  }

  private Positions next(
      ChangeBatch batch,
      List<RowChange> applied,
      String commitId,
      int oldestEpoch,
      Version erasedBelow) {
    SortedMap<Integer, Long> offsets = new TreeMap<>(expected.nextOffsets());
    Map<Integer, Watermark> watermarks = new HashMap<>(expected.watermarks());
    long records = expected.records();
    long committedAt = expected.committedAtMicros();
    for (Map.Entry<Integer, PartitionProgress> entry : batch.progress().entrySet()) {
      int partition = entry.getKey();
      PartitionProgress progress = entry.getValue();
      if (isApplied(entry)) {
        continue;
      }
      long passed = progress.nextOffset() - expected.nextOffset(partition);
      records += Math.min(passed, progress.records());
      offsets.put(partition, progress.nextOffset());
      raise(watermarks, partition, progress.last());
      committedAt = Math.max(committedAt, progress.committedAtMicros());
    }
    int epoch = Math.max(expected.epoch(), batch.schema().epoch());
    int oldest = oldestEpoch;
    for (RowChange change : applied) {
      raise(watermarks, change.partition(), change.since());
      raise(watermarks, change.partition(), change.point());
      oldest = Math.min(oldest, change.version().epoch());
    }
    return new Positions(
        topic,
        offsets,
        new TreeMap<>(watermarks),
        commitId,
        records,
        committedAt,
        epoch,
        oldest,
        erasedBelow);
  }

  private static void raise(Map<Integer, Watermark> watermarks, int partition, ChangePoint point) {
    if (point != null) {
      watermarks.merge(partition, Watermark.of(point), Watermark::max);
    }
  }
}
