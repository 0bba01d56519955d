package dev.walcdc.iceberg;

import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;

/**
 * Says whether a table may hold the row that a change is about. Where it surely does not, no
 * equality delete is needed, which makes pure inserts as cheap as an append. This is an
 * optimisation only: "may" is always a correct answer.
 *
 * <p>It surely does not hold it if the first of the folded changes made the row (the source did not
 * have it before, so whatever made an earlier one was followed by its deletion, which lies before
 * on the log), that change was never applied (it is above the watermark), and no row of an earlier
 * epoch is left (a row may have been deleted while nobody watched, between two epochs).
 */
final class AppliedBefore {

  private final Positions positions;
  private final int oldestEpoch;
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
    this.all = keyed ? null : positions.watermarks().values().stream().reduce(null, Watermark::max);
  }

  /** Whether the table may hold the row. */
  boolean maybe(RowChange change) {
    ChangePoint since = change.since();
    boolean makesRow = since.operation() == Operation.CREATE || since.operation() == Operation.READ;
    if (!makesRow || since.version().epoch() > oldestEpoch) {
      return true;
    }
    Watermark watermark = all != null ? all : positions.watermarks().get(change.partition());
    return watermark != null && !watermark.isBelow(since);
  }

  /** Whether the table has applied this change or a later one of its partition. */
  boolean isReplay(RowChange change) {
    Watermark watermark = positions.watermarks().get(change.partition());
    return watermark != null && !watermark.isBelowVersionOf(change.point());
  }
}
