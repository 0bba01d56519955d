package dev.walcdc.change;

import java.math.BigInteger;

/**
 * Rank of a change in the source's history, as an unsigned 128-bit number: epoch (16 bits), LSN of
 * the last commit before the change's transaction (56 bits), the change's own LSN (56 bits). A pure
 * function of the WAL, so a replay gives the same one. Of two changes of one row, the one with the
 * higher version happened later. Rows of a snapshot carry (epoch, 0, 0).
 *
 * <p>The middle part is {@code source.sequence[0]} as Debezium sent it. Nobody has to keep the
 * greatest so far, which a reader that starts anywhere could not know: it never falls. Debezium
 * sets it to the end of each COMMIT, which come in the order of the WAL, and to a logical message
 * outside of transactions, which PostgreSQL sends when it decodes it, between the two COMMITs that
 * surround it; a message inside a transaction leaves it alone. So it is the same for all rows of a
 * transaction, and higher for the next one.
 *
 * @param high bits 127 to 64
 * @param low bits 63 to 0
 */
public record Version(long high, long low) implements Comparable<Version> {

  /** Lower than every version of a change. */
  public static final Version NONE = new Version(0, 0);

  private static final int LSN_BITS = 56;
  private static final long LSN_MASK = (1L << LSN_BITS) - 1;
  private static final int HIGH_LSN_BITS = 48;
  private static final int LOW_LSN_BITS = LSN_BITS - HIGH_LSN_BITS;
  private static final int MAX_EPOCH = 0xFFFF;

  /**
   * Packs the three parts.
   *
   * @throws IllegalArgumentException if a part does not fit
   */
  public static Version of(int epoch, long lastCommitLsn, long lsn) {
    if (epoch < 0 || epoch > MAX_EPOCH) {
      throw new IllegalArgumentException("Epoch %d is not within 0 to 65535".formatted(epoch));
    }
    requireLsn(lastCommitLsn);
    requireLsn(lsn);
    return new Version(
        ((long) epoch << HIGH_LSN_BITS) | (lastCommitLsn >>> LOW_LSN_BITS),
        (lastCommitLsn << LSN_BITS) | lsn);
  }

  /**
   * Reads what {@link #toString()} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static Version parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("`%s` is no version".formatted(text));
    }
    return of(
        Integer.parseInt(parts[0]), Long.parseLong(parts[1], 16), Long.parseLong(parts[2], 16));
  }

  /** The version of every row that the snapshot of this epoch reads. */
  public static Version ofSnapshot(int epoch) {
    return of(epoch, 0, 0);
  }

  private static void requireLsn(long lsn) {
    if ((lsn & ~LSN_MASK) != 0) {
      throw new IllegalArgumentException("LSN %d does not fit into 56 bits".formatted(lsn));
    }
  }

  /** The epoch, 0 to 65,535. */
  public int epoch() {
    return (int) (high >>> HIGH_LSN_BITS);
  }

  /** LSN of the last commit before the transaction; 0 for a row of a snapshot. */
  public long lastCommitLsn() {
    return ((high & ((1L << HIGH_LSN_BITS) - 1)) << LOW_LSN_BITS) | (low >>> LSN_BITS);
  }

  /** LSN of the change itself; 0 for a row of a snapshot. */
  public long lsn() {
    return low & LSN_MASK;
  }

  /** The same number without a sign. */
  public BigInteger toBigInteger() {
    return new BigInteger(Long.toUnsignedString(high))
        .shiftLeft(Long.SIZE)
        .or(new BigInteger(Long.toUnsignedString(low)));
  }

  /** The greater of the two. */
  public static Version max(Version a, Version b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  @Override
  public int compareTo(Version other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** {@code epoch/lastCommitLsn/lsn}, the LSNs in hexadecimal. */
  @Override
  public String toString() {
    return "%d/%X/%X".formatted(epoch(), lastCommitLsn(), lsn());
  }
}
