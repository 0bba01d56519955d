package dev.walcdc.capture.debezium;

import dev.walcdc.capture.resync.Signal;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.envelope.SourceSequence;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/** What capture needs to know of a record that Debezium made for a row. */
record SourceRow(
    SourceRecord record,
    String op,
    TableName name,
    long lsn,
    Long txId,
    boolean snapshot,
    boolean lastOfSnapshot) {

  private static final String SEQUENCE = "sequence";

  /** Null if the record is not about a row: a tombstone, a heartbeat, a logical message. */
  static SourceRow of(SourceRecord record) {
    if (!(record.value() instanceof Struct envelope)
        || envelope.schema().field("op") == null
        || envelope.schema().field("source") == null) {
      return null;
    }
    String op = envelope.getString("op");
    if (op.equals("m")) {
      return null;
    }
    Struct source = envelope.getStruct("source");
    String snapshot = source.getString("snapshot");
    boolean last = "last".equals(snapshot);
    Long lsn = source.getInt64("lsn");
    return new SourceRow(
        record,
        op,
        new TableName(source.getString("schema"), source.getString("table")),
        lsn == null ? 0 : lsn,
        source.getInt64("txId"),
        snapshot != null && !snapshot.equals("false"),
        last);
  }

  /** The signal that this row of the signal table is; only of one that was inserted. */
  Signal signal() {
    Struct row = after();
    return new Signal(row.getString("id"), row.getString("kind"), row.getString("body"));
  }

  Schema envelopeSchema() {
    return record.valueSchema();
  }

  /** First element of {@code source.sequence}; 0 where it has none. */
  long lastCommitLsn() {
    return SourceSequence.lastCommitLsn(source().getString(SEQUENCE));
  }

  /** Writes another first element into {@code source.sequence}. */
  void setLastCommitLsn(long lastCommitLsn) {
    source().put(SEQUENCE, SourceSequence.of(lastCommitLsn, lsn));
  }

  /** The row after the change; null of a deletion. */
  Struct after() {
    return ((Struct) record.value()).getStruct("after");
  }

  /** What Debezium says of where it comes from. */
  Struct source() {
    return ((Struct) record.value()).getStruct("source");
  }
}
