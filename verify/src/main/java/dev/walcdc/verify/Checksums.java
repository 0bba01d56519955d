package dev.walcdc.verify;

import java.util.BitSet;

/**
 * How many rows there are in each range of a table, and the sum of their hashes. A range is all
 * rows whose identity's hash begins with the same bits: so it needs no order that all systems agree
 * on, and no sorting. Two arrays, 12 bytes a range, however large the table is.
 */
final class Checksums {

  private static final int ROWS_A_RANGE = 16;
  private static final int LEAST_BITS = 12;
  private static final int MOST_BITS = 20;

  private final int shift;
  private final long[] sums;
  private final int[] counts;

  private Checksums(int shift, long[] sums, int[] counts) {
    this.shift = shift;
    this.sums = sums;
    this.counts = counts;
  }

  /** Of a table with about so many rows. */
  static Checksums expecting(long rows) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, rows / ROWS_A_RANGE));
    bits = Math.max(LEAST_BITS, Math.min(MOST_BITS, bits));
    return new Checksums(Long.SIZE - bits, new long[1 << bits], new int[1 << bits]);
  }

  /** Ranges alike, with nothing in them. */
  Checksums empty() {
    return new Checksums(shift, new long[sums.length], new int[counts.length]);
  }

  Checksums copy() {
    return new Checksums(shift, sums.clone(), counts.clone());
  }

  int ranges() {
    return sums.length;
  }

  /** The range of a row by its identity's hash. */
  int range(long identity) {
    return (int) (identity >>> shift);
  }

  void add(long identity, long row) {
    sums[range(identity)] += row;
    counts[range(identity)]++;
  }

  void remove(long identity, long row) {
    sums[range(identity)] -= row;
    counts[range(identity)]--;
  }

  int rows(int range) {
    return counts[range];
  }

  boolean isAlike(Checksums other, int range) {
    return sums[range] == other.sums[range] && counts[range] == other.counts[range];
  }

  /** The ranges that are not alike. */
  BitSet differing(Checksums other) {
    BitSet differing = new BitSet(ranges());
    for (int range = 0; range < ranges(); range++) {
      differing.set(range, !isAlike(other, range));
    }
    return differing;
  }
}
