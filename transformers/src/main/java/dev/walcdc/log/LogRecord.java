package dev.walcdc.log;

import dev.walcdc.change.Erasure;
import java.util.Map;

/**
 * One record of a change topic as it lies on the log.
 *
 * @param partition its partition
 * @param offset its offset there
 * @param key its key; null for a table without one
 * @param value its value; null for a tombstone or a fence
 * @param ordinal what {@link RecordHeaders#ORDINAL} says; 0 where it is missing
 * @param fence what {@link RecordHeaders#FENCE} says is to go; null for every other record
 * @param headers its other headers but {@link RecordHeaders#SCHEMA}; nearly always empty
 * @param unsettled whether an earlier change of its row went to quarantine: what the log says of
 *     the row need not be what the sink has
 */
public record LogRecord(
    int partition,
    long offset,
    byte[] key,
    byte[] value,
    long ordinal,
    Erasure fence,
    Map<String, byte[]> headers,
    boolean unsettled) {

  /** A record without further headers. */
  public LogRecord(
      int partition, long offset, byte[] key, byte[] value, long ordinal, Erasure fence) {
    this(partition, offset, key, value, ordinal, fence, Map.of(), false);
  }

  /** Whether it carries a change: neither a tombstone nor a fence. */
  public boolean isChange() {
    return value != null && fence == null;
  }

  /** The same record, of a row that had an earlier change in quarantine. */
  public LogRecord asUnsettled() {
    return new LogRecord(partition, offset, key, value, ordinal, fence, headers, true);
  }

  /** What takes its place where it is not to be applied: nothing, but its offset is passed. */
  public LogRecord withheld() {
    return new LogRecord(partition, offset, key, null, 0, null);
  }
}
