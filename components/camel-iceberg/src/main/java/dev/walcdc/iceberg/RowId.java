package dev.walcdc.iceberg;

import dev.walcdc.change.ChangePoint;
import java.util.Comparator;

/**
 * Which change wrote a row: the same for every replay of that change, as the LSN of the last commit
 * before it (a part of its version) need not be. It identifies the rows of a table without a key.
 *
 * @param epoch epoch of the change
 * @param lsn its own LSN
 * @param ordinal its rank among changes that share the LSN
 */
record RowId(int epoch, long lsn, long ordinal) implements Comparable<RowId> {

  private static final Comparator<RowId> ORDER =
      Comparator.comparingInt(RowId::epoch)
          .thenComparingLong(RowId::lsn)
          .thenComparingLong(RowId::ordinal);

  static RowId of(ChangePoint point) {
    return new RowId(point.version().epoch(), point.version().lsn(), point.ordinal());
  }

  @Override
  public int compareTo(RowId other) {
    return ORDER.compare(this, other);
  }

  static RowId max(RowId a, RowId b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
