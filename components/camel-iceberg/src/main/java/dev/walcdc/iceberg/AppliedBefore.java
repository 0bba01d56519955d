package dev.walcdc.iceberg;

import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;

/**
 * Says whether a table may hold the row that a change is about. Where it surely does not, no
 * equality delete is needed, which makes pure inserts as cheap as an append. This is an
 * optimisation only: "may" is always a correct answer.
 *
 * <p>It surely does not hold it if the change made the row, alone (the source did not have it
 * before, so whatever made an earlier one was followed by its deletion, which lies before on the
 * log), it was never applied (it is above the watermark), and no row of an earlier epoch is left (a
 * row may have been deleted while nobody watched, between two epochs).
 *
 * <p>Folded changes never count as such. Two rows may have one deferrable key until their
 * transaction ends, and then a creation comes before the deletion of the row that had the key. That
 * deletion follows in the same transaction: in this batch it is folded in, in the next it takes
 * both rows. Nor does a row that was read at a place of its own in the WAL: it is read again, while
 * an epoch's snapshot reads each key once, at LSN 0.
 */
final class AppliedBefore {

  private final Positions positions;
  private final int oldestEpoch;
  private final boolean keyed;
  private final Watermark all;

  /**
   * @param positions what the table has applied
   * @param oldestEpoch no row of the table is of a lower epoch, after the batch's erasure; 0 where
   *     that is not known
   * @param keyed whether a row's identity is a key, which always comes by the same partition
   */
  AppliedBefore(Positions positions, int oldestEpoch, boolean keyed) {
    this.positions = positions;
    this.oldestEpoch = oldestEpoch;
    this.keyed = keyed;
    this.all = keyed ? null : positions.watermarks().values().stream().reduce(null, Watermark::max);
  }

  /** For changes of which the position says nothing: every answer is "may". */
  static AppliedBefore unknown() {
    return new AppliedBefore(null, 0, true);
  }

  /** Whether the table may hold the row. */
  boolean maybe(RowChange change) {
    if (positions == null) {
      return true;
    }
    ChangePoint point = change.point();
    boolean alone = point.equals(change.since());
    if (!makesRow(point) || !alone || point.version().epoch() > oldestEpoch) {
      return true;
    }
    Watermark watermark = all != null ? all : positions.watermarks().get(change.partition());
    return watermark != null && !watermark.isBelow(point);
  }

  private boolean makesRow(ChangePoint point) {
    return switch (point.operation()) {
      case CREATE -> true;
      // Without a key, what is read again is another row: its place is its identity.
      case READ -> !keyed || point.version().lsn() == 0;
      case UPDATE, DELETE -> false;
    };
  }

  /**
   * Whether this is an update alone and the table has applied it, or a later change of its
   * partition. What made a row was not applied for sure, whatever its version: after a restart of
   * capture, versions of different rows may go back.
   */
  boolean isReplayedUpdate(RowChange change) {
    if (positions == null || change.since().operation() != Operation.UPDATE) {
      return false;
    }
    Watermark watermark = positions.watermarks().get(change.partition());
    return watermark != null && !watermark.isBelowVersionOf(change.point());
  }
}
