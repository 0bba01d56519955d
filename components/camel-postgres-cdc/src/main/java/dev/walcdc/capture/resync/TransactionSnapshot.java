package dev.walcdc.capture.resync;

import java.util.HashSet;
import java.util.Set;

/**
 * Which transactions a reading sees: what {@code pg_current_snapshot()} says. Full transaction ids
 * have 64 bits; the stream carries the lower 32 of them, which come again every 4 billion
 * transactions, so they are taken for the nearest to the snapshot.
 *
 * @param xmin every transaction below it has ended
 * @param xmax no transaction from it on had begun
 * @param inProgress those between that had not ended
 * @see <a href="https://www.postgresql.org/docs/current/functions-info.html">PostgreSQL,
 *     transaction ID and snapshot information functions</a>
 */
public record TransactionSnapshot(long xmin, long xmax, Set<Long> inProgress) {

  private static final long LOWER = 0xFFFF_FFFFL;
  private static final long HALF = 1L << 31;

  /** Reads {@code xmin:xmax:xip,xip}. */
  public static TransactionSnapshot parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("`" + text + "` is no snapshot");
    }
    Set<Long> inProgress = new HashSet<>();
    for (String xid : parts[2].split(",", 0)) {
      if (!xid.isEmpty()) {
        inProgress.add(Long.parseLong(xid));
      }
    }
    return new TransactionSnapshot(Long.parseLong(parts[0]), Long.parseLong(parts[1]), inProgress);
  }

  /**
   * Whether the effect of a transaction that ended by COMMIT is in what is read.
   *
   * @param streamedXid its id as the stream has it
   */
  public boolean shows(long streamedXid) {
    long xid = full(streamedXid);
    return xid < xmin || (xid < xmax && !inProgress.contains(xid));
  }

  private long full(long streamedXid) {
    long xid = (xmax & ~LOWER) | (streamedXid & LOWER);
    if (xid - xmax > HALF) {
      return xid - LOWER - 1;
    }
    return xmax - xid > HALF ? xid + LOWER + 1 : xid;
  }
}
