package dev.walcdc.iceberg;

import dev.walcdc.failpoint.FailPoint;
import dev.walcdc.iceberg.ChangeWriter.WrittenFiles;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits a batch's files together with its position, exactly once.
 *
 * <p>A commit bears a UUID that all of its attempts share. Whenever an attempt does not come back
 * as a success, the table is loaded anew and the UUID is looked for among its ancestors first: if
 * it is there, an attempt had succeeded after all. Else the position must still be the one that the
 * batch was planned on (otherwise someone else writes), and the next attempt is made on top of
 * exactly the metadata that said so. At most one attempt can succeed, because each replaces the
 * metadata it was made on.
 *
 * <p>Every exception but {@link UnknownOutcomeException} means that the commit surely failed and
 * never will succeed, so that its files may go: the table has moved on from the snapshot that all
 * attempts were made on and its history back to there does not tell of the commit, or none was
 * sent.
 */
final class TableCommitter {

  private static final Logger LOG = LoggerFactory.getLogger(TableCommitter.class);

  /**
   * One commit.
   *
   * @param id UUID of all of its attempts
   * @param expected the position that it was planned on
   * @param next the position that it reaches
   * @param files what it adds
   * @param removed data files that it drops
   * @param erases whether it would have to be planned anew for another snapshot
   */
  record Commit(
      String id,
      Positions expected,
      Positions next,
      WrittenFiles files,
      List<DataFile> removed,
      boolean erases) {}

  private final String name;
  private final TableOperations operations;
  private final Set<String> unresolved;

  /**
   * @param name the table's name, for messages
   * @param operations the catalog's
   * @param unresolved UUIDs of earlier commits of this writer that may yet turn out a success
   */
  TableCommitter(String name, TableOperations operations, Set<String> unresolved) {
    this.name = name;
    this.operations = operations;
    this.unresolved = unresolved;
  }

  /**
   * Commits.
   *
   * @param planned the metadata that the commit was planned on
   * @throws SecondWriterException if the position is no longer the expected one
   * @throws OutdatedPlanException if it has to be planned anew
   * @throws UnknownOutcomeException if it may have succeeded or may yet
   */
  void commit(Commit commit, TableMetadata planned) {
    requireUnmoved(commit, planned, planned);
    RuntimeException failure = attempt(commit, planned);
    if (failure == null) {
      return;
    }
    try {
      lookAndTryAgain(commit, planned, failure);
    } catch (SecondWriterException | OutdatedPlanException | UnknownOutcomeException e) {
      throw e;
    } catch (RuntimeException e) {
      // Whatever this is, an attempt was sent: it does not say that the files may go.
      throw unknown(commit, e);
    }
  }

  private void lookAndTryAgain(Commit commit, TableMetadata planned, RuntimeException first) {
    RuntimeException failure = first;
    int retries =
        planned.propertyAsInt(
            TableProperties.COMMIT_NUM_RETRIES, TableProperties.COMMIT_NUM_RETRIES_DEFAULT);
    for (int retry = 0; failure != null; retry++) {
      LOG.warn("Commit {} to {} did not come back: {}", commit.id(), name, failure.toString());
      try {
        TableMetadata now = operations.refresh();
        if (PositionHistory.contains(now, commit.id())) {
          LOG.info("Commit {} to {} had succeeded", commit.id(), name);
          return;
        }
        if (!PositionHistory.reachesBackTo(now, planned.currentSnapshot())) {
          // Snapshots have expired meanwhile, and the commit's may have been among them.
          throw unknown(commit, failure);
        }
        requireUnmoved(commit, planned, now);
        if (retry >= retries) {
          throw unknown(commit, failure);
        }
        failure = attempt(commit, now);
      } catch (SecondWriterException | OutdatedPlanException | UnknownOutcomeException e) {
        throw e;
      } catch (RuntimeException e) {
        // An attempt was sent before, and neither the catalog nor the store answers now.
        if (e != failure) {
          e.addSuppressed(failure);
        }
        failure = e;
        if (retry >= retries) {
          throw unknown(commit, failure);
        }
      }
      if (failure != null) {
        pause(commit, planned, retry, failure);
      }
    }
  }

  /**
   * Tries once.
   *
   * @return null if it succeeded, the failure if the outcome is not certain
   * @throws RuntimeException if it surely failed
   */
  private RuntimeException attempt(Commit commit, TableMetadata base) {
    PinnedOperations pinned = new PinnedOperations(operations, base);
    try {
      Transaction transaction = Transactions.newTransaction(name, pinned);
      RowDelta delta = transaction.newRowDelta();
      commit.files().data().forEach(delta::addRows);
      commit.files().deletes().forEach(delta::addDeletes);
      commit.removed().forEach(delta::removeRows);
      commit.next().toSummary().forEach(delta::set);
      delta.commit();
      transaction
          .updateProperties()
          .set(PositionHistory.LAST_COMMIT, PositionHistory.copyOf(commit.next(), base))
          .commit();
      FailPoint.ICEBERG_PROPERTY_COPIED.reach();
      transaction.commitTransaction();
      return null;
    } catch (RuntimeException e) {
      if (pinned.isSent()) {
        return e;
      }
      throw e;
    }
  }

  private void requireUnmoved(Commit commit, TableMetadata planned, TableMetadata now) {
    Positions found = PositionHistory.latest(now, commit.expected().topic());
    if (!found.equals(commit.expected())) {
      throw moved(commit.expected(), found);
    }
    if (commit.erases() && snapshotId(planned) != snapshotId(now)) {
      throw new OutdatedPlanException(
          "Table %s was rewritten while an erasure was prepared".formatted(name));
    }
  }

  /** What to say of a position that is not where this writer left it. */
  RuntimeException moved(Positions expected, Positions found) {
    if (unresolved.contains(found.commitId())) {
      return new OutdatedPlanException(
          "Commit %s to %s has succeeded late".formatted(found.commitId(), name));
    }
    return new SecondWriterException(
        ("Table %s is at offsets %s of topic `%s` (commit %s), but this writer left it at %s (commit"
                + " %s). Another writer is at work on it, or it was rolled back. This writer stops;"
                + " see that only one sink reads the topic into this table, then restart it")
            .formatted(
                name,
                found.nextOffsets(),
                expected.topic(),
                found.commitId(),
                expected.nextOffsets(),
                expected.commitId()));
  }

  private UnknownOutcomeException unknown(Commit commit, RuntimeException cause) {
    return new UnknownOutcomeException(
        ("Nobody can say whether commit %s to table %s succeeded. Its files stay where they are;"
                + " the batch is to be tried again once catalog and store answer")
            .formatted(commit.id(), name),
        cause);
  }

  private void pause(Commit commit, TableMetadata planned, int retry, RuntimeException failure) {
    long min =
        planned.propertyAsInt(
            TableProperties.COMMIT_MIN_RETRY_WAIT_MS,
            TableProperties.COMMIT_MIN_RETRY_WAIT_MS_DEFAULT);
    long max =
        planned.propertyAsInt(
            TableProperties.COMMIT_MAX_RETRY_WAIT_MS,
            TableProperties.COMMIT_MAX_RETRY_WAIT_MS_DEFAULT);
    try {
      Thread.sleep(Math.min(max, min << Math.min(retry, 16)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure.addSuppressed(e);
      throw unknown(commit, failure);
    }
  }

  private static long snapshotId(TableMetadata table) {
    Snapshot snapshot = table.currentSnapshot();
    return snapshot == null ? -1 : snapshot.snapshotId();
  }
}
