package dev.walcdc.capture.debezium;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Numbers the rows that cannot be told apart by their LSN: those of one multi-row insert, and those
 * of a table's snapshot. Capture always starts at the beginning of a transaction and a snapshot
 * always starts anew, so a replay gives the same numbers.
 */
final class Ordinals {

  private final Map<TableName, Long> ofSnapshot = new HashMap<>();
  private Long txId;
  private long lsn;
  private long ordinal;

  /** The ordinal of the next row. */
  long next(SourceRow row) {
    if (row.snapshot()) {
      return ofSnapshot.merge(row.name(), 1L, Long::sum) - 1;
    }
    if (row.lsn() == lsn && Objects.equals(row.txId(), txId)) {
      return ++ordinal;
    }
    txId = row.txId();
    lsn = row.lsn();
    ordinal = 0;
    return 0;
  }
}
