package dev.walcdc.envelope;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.RowChange;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;

/**
 * A record with the transaction that made it, for whoever compares the log with a state of the
 * source.
 *
 * @param txId lower 32 bits of the transaction's id; null where the record does not say, as of a
 *     snapshot, a tombstone or a fence
 * @param change the change; null if it is none
 * @param erasure what is to go, of a TRUNCATE (which has a {@code txId}) or a fence (which has
 *     none); null for every other record
 */
public record TracedRecord(Long txId, RowChange change, Erasure erasure) {

  /** Reads records of one table under one schema. For one thread. */
  public static final class Reader {

    private final RecordReader reader;

    public Reader(TableSchema schema) {
      this.reader = new RecordReader(schema);
    }

    /**
     * Reads one record.
     *
     * @throws EnvelopeException if it is no envelope of the schema
     */
    public TracedRecord read(LogRecord record) {
      reader.read(record);
      return new TracedRecord(reader.txId(), reader.change(), reader.erasure());
    }
  }
}
