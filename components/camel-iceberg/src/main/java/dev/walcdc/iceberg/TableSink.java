package dev.walcdc.iceberg;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.RowTranslation;
import dev.walcdc.change.ShadowState;
import dev.walcdc.change.Version;
import dev.walcdc.failpoint.FailPoint;
import dev.walcdc.iceberg.ChangeWriter.WrittenFiles;
import dev.walcdc.iceberg.TableCommitter.Commit;
import dev.walcdc.schema.TableSchema;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
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
import org.apache.iceberg.exceptions.CommitStateUnknownException;
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

  /** Whether the table is only being filled; see {@link UnchangedValues}. */
  private final boolean filling;

  /** Commits of ours whose outcome was not known: if one shows up later, it is no second writer. */
  private final Set<String> unresolved = new HashSet<>();

  private LakeTable table;

  /** Where this writer left the table; null before it looked. */
  private Positions expected;

  /**
   * Where this writer has come: beyond the table's own position if what was last had no effect on
   * its rows. The next commit says it, or {@link #commitPosition}.
   */
  private Positions reached;

  /** Since when it is beyond. */
  private long beyondSinceNanos;

  /** The topic has another reader, or may have soon. Not guarded: see {@link #release}. */
  private volatile boolean released;

  TableSink(String topic, LakeTables tables) {
    this(topic, tables, false);
  }

  private TableSink(String topic, LakeTables tables, boolean filling) {
    this.topic = topic;
    this.tables = tables;
    this.filling = filling;
  }

  /** The writer of a table that is made to take another one's place. */
  static TableSink ofShadow(String topic, LakeTables shadows) {
    return new TableSink(topic, shadows, true);
  }

  /** The table's position now; from here on this writer holds it to be its own. */
  synchronized SortedMap<Integer, Long> takeOver() {
    table = null;
    expected = null;
    reached = null;
    released = false;
    Optional<LakeTable> found = tables.find(topic);
    if (found.isEmpty()) {
      return new TreeMap<>();
    }
    table = found.get();
    expected = PositionHistory.latest(table.operations().current(), topic);
    reached = expected;
    return expected.nextOffsets();
  }

  /**
   * The topic is no longer read for this writer: from here on it commits nothing by itself. Does
   * not wait for a batch under way.
   */
  void release() {
    released = true;
  }

  /** Where it has come to, by partition; empty before it looked. */
  synchronized SortedMap<Integer, Long> nextOffsets() {
    return reached == null ? new TreeMap<>() : reached.nextOffsets();
  }

  /**
   * Moves on, as after a batch without an effect: what is before these offsets is not for this
   * table.
   */
  synchronized void pass(SortedMap<Integer, Long> offsets) {
    if (reached == null) {
      return;
    }
    if (reached.equals(expected)) {
      beyondSinceNanos = System.nanoTime();
    }
    reached = reached.passed(offsets);
  }

  /**
   * Has all that another table holds take the place of what this one holds, in one commit: rows,
   * columns and position. The files are this table's from then on. Trying again is safe, also when
   * it has succeeded.
   *
   * @param properties to be set with it
   * @throws SecondWriterException if the table is not where this writer left it
   * @throws UnknownOutcomeException if it may have been committed
   */
  synchronized void replaceBy(LakeTable made, Map<String, String> properties) {
    if (table == null) {
      table = tables.find(topic).orElseThrow();
    }
    TableMetadata base = refresh();
    TableMetadata rows = made.operations().refresh();
    Positions position = PositionHistory.latest(rows, topic);
    if (!PositionHistory.contains(base, position.commitId())) {
      lookAgain(base, committer());
      try {
        new PinnedOperations(table.operations(), base)
            .commit(base, TableReplacement.of(base, rows, position, properties));
      } catch (CommitStateUnknownException e) {
        throw new UnknownOutcomeException(
            "Nobody can say whether %s took the place of %s".formatted(made.name(), table.name()),
            e);
      }
    }
    table = null;
    expected = null;
    reached = null;
    unresolved.clear();
  }

  /**
   * Commits the position alone if batches without an effect have moved it. Otherwise the log's
   * retention would in time pass the stored position, though nothing is lost.
   *
   * @param atLeast how long they must have
   * @throws SecondWriterException if the table is not where this writer left it
   * @throws UnknownOutcomeException if it may have been committed; trying again is safe
   */
  synchronized void commitPosition(Duration atLeast) {
    if (released
        || expected == null
        || reached.equals(expected)
        || System.nanoTime() - beyondSinceNanos < atLeast.toNanos()) {
      return;
    }
    TableMetadata base = refresh();
    TableCommitter committer = committer();
    lookAgain(base, committer);
    if (reached.equals(expected)) {
      return; // A commit that was given up has arrived.
    }
    String commitId = UUID.randomUUID().toString();
    commit(
        new Commit(commitId, expected, reached.in(commitId), WrittenFiles.NONE, List.of(), false),
        base,
        committer);
    LOG.info("Table {} is at {} of {}", table.name(), expected.nextOffsets(), topic);
  }

  /**
   * Applies a batch: all of it, or nothing.
   *
   * @throws RefusedChangeException if it can never be applied as it is
   * @throws RefusedChangesException if that is because of several changes
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
    List<RefusedChangeException> refused = new ArrayList<>();
    for (RowChange change : batch.changes()) {
      Operation operation = change.point().operation();
      if (operation == Operation.UPDATE || operation == Operation.DELETE) {
        refused.add(
            new RefusedChangeException(
                batch.schema().qualifiedName(),
                change,
                ("%s at %s of table `%s`, which has no primary key: its rows cannot be told apart."
                        + " Add a primary key at the source and resync the table")
                    .formatted(operation, change.version(), batch.schema().qualifiedName())));
      }
    }
    if (!refused.isEmpty()) {
      throw RefusedChangesException.of(refused);
    }
  }

  private void applyOnce(ChangeBatch batch) {
    TableMetadata base = open(batch);
    TableCommitter committer = committer();
    lookAgain(base, committer);
    if (!isReplay(batch) && batch.progress().entrySet().stream().allMatch(this::isApplied)) {
      LOG.info("Table {} has the batch that ends at {} already", table.name(), batch.progress());
      return;
    }
    TableSchema followed = new SchemaEvolution(table, batch.schema()).apply();
    FailPoint.ICEBERG_TABLE_READY.reach();
    write(fitting(batch, followed), table.operations().current(), committer);
  }

  /**
   * The batch in the table's shape. An earlier definition that does not fit has no changes: between
   * it and the table's own there was one that capture has read the table again for, and what it
   * read outranks all that was written before.
   */
  private static ChangeBatch fitting(ChangeBatch batch, TableSchema followed) {
    try {
      return RowTranslation.translate(batch, followed);
    } catch (RefusedChangeException e) {
      if (!ShadowState.isPossible(followed, batch.schema())) {
        throw e;
      }
      LOG.info(
          "Earlier changes have no effect, the table was read again since: {}", e.getMessage());
      return new ChangeBatch(
          batch.topic(), followed, List.of(), List.of(), batch.progress(), batch.partitions());
    }
  }

  private TableCommitter committer() {
    return new TableCommitter(table.name(), table.operations(), unresolved);
  }

  private void lookAgain(TableMetadata base, TableCommitter committer) {
    Positions found = PositionHistory.latest(base, topic);
    if (found.equals(expected)) {
      return;
    }
    if (expected != null) {
      RuntimeException moved = committer.moved(expected, found);
      if (!(moved instanceof OutdatedPlanException)) {
        throw moved;
      }
    }
    expected = found;
    reached = found;
  }

  private TableMetadata open(ChangeBatch batch) {
    if (table == null) {
      table = tables.openOrCreate(topic, batch.schema());
      return table.operations().current();
    }
    return refresh();
  }

  private TableMetadata refresh() {
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

  /** Letters from quarantine, which the position has passed: it stays where it is. */
  private static boolean isReplay(ChangeBatch batch) {
    return batch.progress().isEmpty();
  }

  private boolean isApplied(Map.Entry<Integer, PartitionProgress> progress) {
    return progress.getValue().nextOffset() <= reached.nextOffset(progress.getKey());
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
    List<Erasure> erasures = erasures(batch);
    Version erasedBelow = erasedBelow(erasures);
    List<RowChange> changes = notYetApplied(batch, erasedBelow);
    int oldestEpoch = oldestEpochLeft(erasedBelow, batch.schema().epoch(), snapshot);
    AppliedBefore applied =
        isReplay(batch)
            ? AppliedBefore.unknown()
            : new AppliedBefore(reached, oldestEpoch, batch.schema().hasKey());
    changes = new UnchangedValues(snapshot, batch.schema(), applied, filling).fill(changes);
    if (!batch.schema().hasKey()) {
      changes = RepeatedRows.without(changes, batch.schema());
    }

    String commitId = UUID.randomUUID().toString();
    try (ChangeWriter writer = new ChangeWriter(snapshot, identity, commitId)) {
      ErasePlan erasure =
          erasures.isEmpty() ? null : ErasePlan.of(snapshot, identity, batch.schema(), erasures);
      if (erasure != null) {
        erasure.deleteFromMixedFiles(writer);
      }
      write(changes, rows, applied, writer);
      WrittenFiles files = writer.complete();
      Positions next = next(batch, changes, commitId, oldestEpoch, erasedBelow);
      if (files.isEmpty() && erasure == null) {
        if (reached.equals(expected)) {
          beyondSinceNanos = System.nanoTime();
        }
        reached = next;
        return;
      }
      FailPoint.ICEBERG_FILES_WRITTEN.reach();
      Commit commit =
          new Commit(
              commitId,
              expected,
              next,
              files,
              erasure == null ? List.of() : erasure.wholeFiles(),
              erasure != null);
      try {
        commit(commit, base, committer);
      } catch (UnknownOutcomeException e) {
        throw e;
      } catch (RuntimeException e) {
        writer.discard();
        throw e;
      }
    }
  }

  private static void write(
      List<RowChange> changes, RowMapper rows, AppliedBefore applied, ChangeWriter writer) {
    List<RefusedChangeException> refused = new ArrayList<>();
    for (RowChange change : changes) {
      try {
        if (applied.maybe(change)) {
          writer.delete(rows.identity(change));
        }
        if (!change.isDelete()) {
          writer.insert(rows.row(change));
        }
      } catch (RefusedChangeException e) {
        refused.add(
            e); // The files are thrown away, but the batch fails once and not once for each.
      }
    }
    if (!refused.isEmpty()) {
      throw RefusedChangesException.of(refused);
    }
  }

  private void commit(Commit commit, TableMetadata base, TableCommitter committer) {
    try {
      committer.commit(commit, base);
      expected = commit.next();
      reached = expected;
      // They were made on metadata that this commit has replaced.
      unresolved.clear();
    } catch (UnknownOutcomeException e) {
      unresolved.add(commit.id());
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
        .filter(change -> change.version().compareTo(erasedBelow) >= 0)
        .toList();
  }

  /** What the batch erases, but for what was erased before. */
  private List<Erasure> erasures(ChangeBatch batch) {
    return batch.erasures().stream()
        .filter(erasure -> erasure.below().compareTo(reached.erasedBelow()) > 0)
        .toList();
  }

  private Version erasedBelow(List<Erasure> erasures) {
    return erasures.stream()
        .filter(erasure -> erasure.where().isAll())
        .map(Erasure::below)
        .reduce(reached.erasedBelow(), Version::max);
  }

  /** No row that the batch finds is of a lower epoch, once its erasure took effect; 0: unknown. */
  private int oldestEpochLeft(Version erasedBelow, int epoch, Table snapshot) {
    int oldest = snapshot.currentSnapshot() == null ? epoch : reached.oldestEpoch();
    return Math.max(oldest, erasedBelow.epoch());
  }

  private Positions next(
      ChangeBatch batch,
      List<RowChange> applied,
      String commitId,
      int oldestEpoch,
      Version erasedBelow) {
    SortedMap<Integer, Long> offsets = new TreeMap<>(reached.nextOffsets());
    Map<Integer, Watermark> watermarks = new HashMap<>(reached.watermarks());
    long records = reached.records();
    long committedAt = reached.committedAtMicros();
    for (Map.Entry<Integer, PartitionProgress> entry : batch.progress().entrySet()) {
      int partition = entry.getKey();
      PartitionProgress progress = entry.getValue();
      if (isApplied(entry)) {
        continue;
      }
      long passed = progress.nextOffset() - reached.nextOffset(partition);
      records += Math.min(passed, progress.records());
      offsets.put(partition, progress.nextOffset());
      raise(watermarks, partition, progress.last());
      committedAt = Math.max(committedAt, progress.committedAtMicros());
    }
    long appliedAt =
        committedAt > reached.committedAtMicros()
            ? ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now())
            : reached.appliedAtMicros();
    int epoch = Math.max(reached.epoch(), batch.schema().epoch());
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
        appliedAt,
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
