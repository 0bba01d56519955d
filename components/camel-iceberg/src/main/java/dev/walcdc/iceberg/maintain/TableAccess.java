package dev.walcdc.iceberg.maintain;

import dev.walcdc.iceberg.PinnedOperations;
import dev.walcdc.iceberg.UnknownOutcomeException;
import java.util.UUID;
import java.util.function.Function;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PendingUpdate;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table under maintenance, and commits to it. The sink commits to it all the time, so a commit
 * fails now and then because the table has moved on, and is made again on top of what is there
 * then. As in the sink, no failure at the catalog is taken for certain, and a UUID that all
 * attempts share tells whether one of them had succeeded; see {@link PinnedOperations}.
 */
final class TableAccess {

  /** In the snapshot summary: UUID that the commit was given before it was tried. */
  static final String COMMIT_ID = "walcdc.maintenance-id";

  private static final Logger LOG = LoggerFactory.getLogger(TableAccess.class);

  /** The sink commits every few seconds; each pause is longer than the one before. */
  private static final int ATTEMPTS = 12;

  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private final String name;
  private final TableOperations operations;

  TableAccess(String name, TableOperations operations) {
    this.name = name;
    this.operations = operations;
  }

  String name() {
    return name;
  }

  /** The table as it is now; it stays so while others commit. */
  Table now() {
    return new BaseTable(new PinnedOperations(operations, operations.refresh()), name);
  }

  /**
   * Commits a new snapshot, exactly once.
   *
   * @param update makes the commit on the table as it is then, or throws what says that it cannot
   *     be made any more
   * @throws UnknownOutcomeException if it may have been committed, or may yet be; every other
   *     exception means that it was not and never will be
   */
  void commit(Function<Table, ? extends SnapshotUpdate<?>> update) {
    String id = UUID.randomUUID().toString();
    attempt(
        table -> {
          SnapshotUpdate<?> made = update.apply(table);
          made.set(COMMIT_ID, id);
          return made;
        },
        metadata -> contains(metadata, id));
  }

  /**
   * Commits what may as well be committed twice.
   *
   * @throws UnknownOutcomeException if it may have been committed, or may yet be
   */
  void commitRepeatable(Function<Table, ? extends PendingUpdate<?>> update) {
    attempt(update, metadata -> false);
  }

  private void attempt(
      Function<Table, ? extends PendingUpdate<?>> update,
      Function<TableMetadata, Boolean> succeeded) {
    RuntimeException failure = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      PinnedOperations pinned = null;
      try {
        TableMetadata base = operations.refresh();
        if (failure != null && succeeded.apply(base)) {
          return;
        }
        pinned = new PinnedOperations(operations, base);
        update.apply(new BaseTable(pinned, name)).commit();
        return;
      } catch (CommitStateUnknownException e) {
        LOG.debug("A commit to {} did not come back", name, e);
        failure = e;
      } catch (RuntimeException e) {
        if (failure == null && (pinned == null || !pinned.isSent())) {
          throw e;
        }
        // Something was sent before: what failed now is not certain of that.
        if (failure != null) {
          e.addSuppressed(failure);
        }
        throw unknown(e);
      }
      pause(attempt, failure);
    }
    throw unknown(failure);
  }

  private static boolean contains(TableMetadata metadata, String id) {
    Snapshot snapshot = metadata.currentSnapshot();
    while (snapshot != null) {
      if (snapshot.summary() != null && id.equals(snapshot.summary().get(COMMIT_ID))) {
        return true;
      }
      snapshot = snapshot.parentId() == null ? null : metadata.snapshot(snapshot.parentId());
    }
    return false;
  }

  private UnknownOutcomeException unknown(RuntimeException cause) {
    return new UnknownOutcomeException(
        "Nobody can say whether maintenance of table %s was committed. Its files stay where they are, and go as orphans if nothing names them; the next run goes on"
            .formatted(name),
        cause);
  }

  private void pause(int attempt, RuntimeException failure) {
    try {
      Thread.sleep(Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown(failure);
    }
  }
}
