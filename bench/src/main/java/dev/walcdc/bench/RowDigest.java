package dev.walcdc.bench;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Count and checksum of the ledger's rows, whatever order they come in. Equal digests mean equal
 * rows, but for an accident of 1 in 2^64.
 */
final class RowDigest {

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final int AMOUNT_SCALE = 2;

  private long count;
  private long sum;

  /**
   * Adds a row.
   *
   * @param note null for NULL
   * @param bookedAtMicros microseconds since 1970 UTC
   * @param details as PostgreSQL writes a jsonb
   */
  void add(
      long id,
      String account,
      String note,
      long bookedAtMicros,
      BigDecimal amount,
      String details) {
    String row =
        String.join(
            "\u0001",
            Long.toString(id),
            account,
            note == null ? "\u0002" : note,
            Long.toString(bookedAtMicros),
            amount.setScale(AMOUNT_SCALE, RoundingMode.UNNECESSARY).toPlainString(),
            details);
    long hash = FNV_OFFSET;
    for (byte b : row.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * FNV_PRIME;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    sum += hash ^ (hash >>> 33);
    count++;
  }

  long count() {
    return count;
  }

  boolean same(RowDigest truth) {
    return count == truth.count && sum == truth.sum;
  }

  /**
   * Compares with the truth.
   *
   * @throws BenchException when they differ
   */
  void mustEqual(RowDigest truth, String where) {
    if (!same(truth)) {
      throw new BenchException(
          "%s holds %d rows with checksum %016x, PostgreSQL %d with %016x: a wrong result has no figure"
              .formatted(where, count, sum, truth.count, truth.sum));
    }
  }
}
