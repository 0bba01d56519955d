package dev.walcdc.log;

/** Headers of the records on a change topic. Their values are text in UTF-8. */
public final class RecordHeaders {

  /** Fingerprint of the {@link dev.walcdc.schema.TableSchema} that the record was written under. */
  public static final String SCHEMA = "walcdc.schema";

  /**
   * Position of the change among those that share its LSN, in decimal. Left out where it is 0, as
   * it is but for COPY, multi-row inserts and snapshots.
   */
  public static final String ORDINAL = "walcdc.ordinal";

  /**
   * Marks a fence and says what is to go, as {@link dev.walcdc.change.Erasure#toText()}: a snapshot
   * or a resync is complete, and rows below that version which it did not read again are gone at
   * the source. A fence has no value, so that a reader that does not know it takes it for a
   * tombstone.
   */
  public static final String FENCE = "walcdc.fence";

  /**
   * Marks a stand-in for a record that was larger than the log takes, and says how many bytes it
   * had. Long values in it are Debezium's mark for a value that is not known, although they may
   * have changed: it is not to be applied.
   */
  public static final String OVERSIZED = "walcdc.oversized";

  private RecordHeaders() {}
}
