package dev.walcdc.capture.debezium;

import dev.walcdc.capture.SourcePosition;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Knows how far the source may be confirmed: up to the last row of a transaction, once a row of
 * another transaction shows that it has ended. Never up to a heartbeat or a COMMIT: their LSN is
 * where the COMMIT ends, which can also be the LSN of a row of a transaction that is still open,
 * and Debezium would skip rows when it starts there. Of a snapshot only the last row counts, since
 * one that was cut short cannot go on.
 */
final class TransactionEnds {

  private SourceRow lastOfTransaction;
  private SourcePosition confirmable;

  /**
   * Takes notice of the next row.
   *
   * @param lastCommitLsn the greatest last commit so far, this row's included
   */
  void pass(SourceRow row, long lastCommitLsn) {
    if (row.snapshot()) {
      if (row.lastOfSnapshot()) {
        confirmable = position(row, lastCommitLsn);
      }
      return;
    }
    if (lastOfTransaction != null && !Objects.equals(lastOfTransaction.txId(), row.txId())) {
      confirmable = position(lastOfTransaction, lastCommitLsn);
    }
    lastOfTransaction = row;
  }

  /** What became confirmable since the last call; null if nothing did. */
  SourcePosition take() {
    SourcePosition taken = confirmable;
    confirmable = null;
    return taken;
  }

  private static SourcePosition position(SourceRow row, long lastCommitLsn) {
    Map<String, Object> offset = new HashMap<>();
    row.record()
        .sourceOffset()
        .forEach(
            (name, value) -> {
              if (value != null) {
                offset.put(name, value);
              }
            });
    long committed = offset.get("lsn_commit") instanceof Number end ? end.longValue() : 0;
    return new SourcePosition(
        row.lsn(),
        Math.max(row.lsn(), committed),
        lastCommitLsn,
        row.snapshot() ? null : row.txId(),
        offset);
  }
}
