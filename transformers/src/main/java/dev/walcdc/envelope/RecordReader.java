package dev.walcdc.envelope;

import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.RecordHeaders;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads records of one table under one schema. One instance serves one thread: {@link #read} fills
 * it with what a record says, which stays until the next call.
 */
final class RecordReader {

  private final TableSchema schema;
  private final EnvelopeReader envelope;
  private final int[] key;
  private Erasure erasure;
  private RowChange change;
  private Long txId;

  RecordReader(TableSchema schema) {
    this.schema = schema;
    this.envelope = new EnvelopeReader(schema);
    this.key = schema.keyIndexes();
  }

  /**
   * Reads one record.
   *
   * @throws EnvelopeException if it is no envelope of the schema; nothing of it is kept
   */
  void read(LogRecord record) {
    erasure = null;
    change = null;
    txId = null;
    if (record.fence() != null) {
      erasure = record.fence();
    } else if (record.value() != null) {
      refuseStandIn(record);
      try {
        envelope.read(record.value());
      } catch (IOException | RuntimeException e) {
        throw new EnvelopeException(e.getMessage(), e);
      }
      txId = envelope.txId() == EnvelopeReader.NO_TX_ID ? null : envelope.txId();
      if (envelope.op().equals("t")) {
        erasure = Erasure.below(version());
      } else {
        RowChange read = change(record);
        requireKey(read);
        requireMadeWhole(read);
        change = read;
      }
    }
  }

  /** What the record erases; null if it is no TRUNCATE and no fence. */
  Erasure erasure() {
    return erasure;
  }

  /** The change that it carries; null if it is none. */
  RowChange change() {
    return change;
  }

  /** Transaction that the source says made the change; null where it does not say. */
  Long txId() {
    return txId;
  }

  private void refuseStandIn(LogRecord record) {
    byte[] bytes = record.headers().get(RecordHeaders.OVERSIZED);
    if (bytes != null) {
      throw new EnvelopeException(
          "it stands in for one of %s bytes, more than the log takes, and long values of `%s` are missing. Raise `maxRecordBytes` of capture and `max.message.bytes` of the topic, and change or resync the row"
              .formatted(new String(bytes, StandardCharsets.UTF_8), schema.qualifiedName()));
    }
  }

  private RowChange change(LogRecord record) {
    Operation operation =
        switch (envelope.op()) {
          case "r" -> Operation.READ;
          case "c" -> Operation.CREATE;
          case "u" -> Operation.UPDATE;
          case "d" -> Operation.DELETE;
          default ->
              throw new EnvelopeException("its op `%s` is not known".formatted(envelope.op()));
        };
    Object[] row = operation == Operation.DELETE ? envelope.before() : envelope.after();
    if (row == null) {
      throw new EnvelopeException(
          "an envelope with op `%s` must carry its row".formatted(envelope.op()));
    }
    ChangePoint point = new ChangePoint(operation, version(), record.ordinal());
    // A creation alone says that the sink has no such row, unless its deletion is in quarantine.
    ChangePoint since =
        record.unsettled()
            ? new ChangePoint(Operation.UPDATE, point.version(), point.ordinal())
            : point;
    return new RowChange(
        point, since, row, record.partition(), record.offset(), envelope.committedAtMicros());
  }

  /** A sink would take NULL for the key of some row, and change that one. */
  private void requireKey(RowChange read) {
    for (int index : key) {
      Object value = read.row()[index];
      if (value == null || value == Unchanged.TOAST) {
        throw new EnvelopeException(
            "it does not say which row it means, for key column `%s` is %s. Set a REPLICA IDENTITY that holds the primary key, and resync table `%s`"
                .formatted(
                    schema.columns().get(index).name(),
                    value == null ? "null" : "left out",
                    schema.qualifiedName()));
      }
    }
  }

  /**
   * A changed key comes as a deletion and a creation, and what the update left alone is then on the
   * row of the old key. A sink would look for it on a row that had the new key before.
   */
  private void requireMadeWhole(RowChange read) {
    Operation operation = read.point().operation();
    if (operation != Operation.CREATE && operation != Operation.READ) {
      return;
    }
    int missing = Arrays.asList(read.row()).indexOf(Unchanged.TOAST);
    if (missing >= 0) {
      throw new EnvelopeException(
          "it makes a row without a value for column `%s`: an update changed the row's key and left this long value alone. Set REPLICA IDENTITY FULL on table `%s`, and resync it"
              .formatted(schema.columns().get(missing).name(), schema.qualifiedName()));
    }
  }

  private Version version() {
    int epoch = schema.epoch();
    if (envelope.op().equals("r") && envelope.lastCommitLsn() == 0) {
      return Version.ofSnapshot(epoch);
    }
    if (envelope.lsn() == 0) {
      throw new EnvelopeException("it has no source.lsn, which ranks it among others");
    }
    try {
      return Version.of(epoch, envelope.lastCommitLsn(), envelope.lsn());
    } catch (IllegalArgumentException e) {
      throw new EnvelopeException(e.getMessage(), e);
    }
  }
}
