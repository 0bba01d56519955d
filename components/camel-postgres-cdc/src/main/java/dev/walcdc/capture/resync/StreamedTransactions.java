package dev.walcdc.capture.resync;

import java.util.HashSet;
import java.util.Set;

/**
 * Transactions that the stream has passed and that a reading may yet not show: their COMMIT is in
 * the WAL, but PostgreSQL still counts them as running, for a moment, or for as long as they wait
 * for a synchronous standby. Used by one thread.
 */
public final class StreamedTransactions {

  /** So many are remembered before it pays to ask which of them all can see by now. */
  private static final int MANY = 50_000;

  private final Set<Long> xids = new HashSet<>();
  private long last = -1;

  /** Takes notice of a change's transaction. */
  public void pass(long xid) {
    if (xid != last) {
      last = xid;
      xids.add(xid);
    }
  }

  /** Whether so many are remembered that {@link #forgetShown} is due. */
  public boolean areMany() {
    return xids.size() >= MANY;
  }

  /** Forgets those that everybody sees from now on. */
  public void forgetShown(TransactionSnapshot snapshot) {
    xids.removeIf(snapshot::shows);
    last = -1;
  }

  /** Whether a reading shows all of them. */
  public boolean areShown(TransactionSnapshot snapshot) {
    return xids.stream().allMatch(snapshot::shows);
  }
}
