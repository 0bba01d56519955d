package dev.walcdc.capture.debezium;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.capture.CapturedBatch;
import dev.walcdc.capture.SourcePosition;
import dev.walcdc.capture.StreamedTable;
import dev.walcdc.capture.TableSchemas;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Turns Debezium's records into records for the log. Keeps count across batches, so one instance
 * serves one run of an engine, in one thread.
 */
final class BatchConverter {

  private final TableSchemas schemas;
  private final OwnTables own;
  private final StreamFollower follower;
  private final DeferrableKeys deferrable;
  private final SourcePosition start;
  private final Relations relations;
  private final EnvelopeWriter writer = new EnvelopeWriter();
  private final TransactionEnds transactionEnds = new TransactionEnds();
  private final LastCommits lastCommits;
  private final Ordinals ordinals = new Ordinals();
  private final Map<TableName, Known> known = new HashMap<>();
  private boolean snapshot;
  private boolean repeating;

  /**
   * The Connect schema that a table's last row had, and what it was written under.
   *
   * @param table what the stream said; null for rows of a snapshot
   * @param fingerprint null for one of capture's own tables
   * @param until LSN of the first row that is to be written under something else
   */
  private record Known(Schema envelope, StreamedTable table, String fingerprint, long until) {

    private boolean hasDeferrableKey() {
      return table != null && table.present() != null && table.present().deferrableKey();
    }
  }

  /** What the last row was written under, for its tombstone; null if it was not written. */
  private String lastFingerprint;

  /**
   * @param own tables whose rows are not for the log, whoever writes them
   * @param start where the engine starts; null where it starts with a snapshot
   * @param relations what the stream says of tables
   * @param follower told of each change and signal in its turn
   * @param deferrable told of each change of a table whose key is deferrable
   */
  BatchConverter(
      TableSchemas schemas,
      OwnTables own,
      SourcePosition start,
      Relations relations,
      StreamFollower follower,
      DeferrableKeys deferrable) {
    this.schemas = schemas;
    this.own = own;
    this.relations = relations;
    this.follower = follower;
    this.deferrable = deferrable;
    this.start = start;
    this.lastCommits = new LastCommits(start == null ? 0 : start.lastCommitLsn());
    this.snapshot = start == null;
    this.repeating = start != null;
  }

  /** Converts the next batch. */
  CapturedBatch convert(List<SourceRecord> records) {
    List<OutgoingRecord> captured = new ArrayList<>(records.size());
    boolean snapshotEnds = false;
    for (SourceRecord record : records) {
      SourceRow row = SourceRow.of(record);
      if (row != null) {
        if (isRepeated(row)) {
          lastFingerprint = null;
          continue;
        }
        snapshotEnds |= endsSnapshot(row);
        lastCommits.pass(row);
        transactionEnds.pass(row, lastCommits.greatest());
        long ordinal = ordinals.next(row);
        Known table = known(row);
        lastFingerprint = table.fingerprint();
        if (lastFingerprint != null) {
          int partition = row.op().equals("t") ? OutgoingRecord.EVERY : OutgoingRecord.BY_KEY;
          captured.add(record(record, partition, lastFingerprint, ordinal));
        }
        if (!row.snapshot()) {
          captured.addAll(follow(row, table));
        }
      } else if (record.value() == null && record.key() != null && lastFingerprint != null) {
        // The tombstone of the deletion before it, which the batch before this one may hold.
        captured.add(record(record, OutgoingRecord.BY_KEY, lastFingerprint, 0));
      }
    }
    return new CapturedBatch(
        schemas.takeUnpublished(), captured, transactionEnds.take(), snapshotEnds);
  }

  private List<OutgoingRecord> follow(SourceRow row, Known table) {
    if (table.fingerprint() != null) {
      follower.change(row);
      if (table.hasDeferrableKey()) {
        deferrable.pass(row);
      }
    } else if (row.name().toString().equals(own.signal()) && row.op().equals("c")) {
      return follower.signal(row.signal(), row);
    }
    return List.of();
  }

  private OutgoingRecord record(
      SourceRecord record, int partition, String fingerprint, long ordinal) {
    return new OutgoingRecord(
        record.topic(),
        partition,
        writer.write((Struct) record.key()),
        writer.write((Struct) record.value()),
        fingerprint,
        ordinal,
        null);
  }

  /**
   * Debezium looks for the row that it stopped at by its LSN, and finds the first of those that
   * share it. The transaction is on the log as a whole: its rows are not to come twice.
   */
  private boolean isRepeated(SourceRow row) {
    if (repeating) {
      repeating = row.txId() != null && row.txId().equals(start.txId()) && row.lsn() <= start.lsn();
    }
    return repeating;
  }

  private boolean endsSnapshot(SourceRow row) {
    if (snapshot && (!row.snapshot() || row.lastOfSnapshot())) {
      snapshot = false;
      return true;
    }
    return false;
  }

  /**
   * Debezium makes a new Connect schema whenever a table changes, so identity is enough. It also
   * makes one whenever PostgreSQL describes the table again, so only the last is kept.
   */
  private Known known(SourceRow row) {
    Known last = known.get(row.name());
    if (last == null || last.envelope() != row.envelopeSchema()) {
      StreamedTable table = relations.of(row.name(), row.envelopeSchema());
      last =
          own.contains(row.name())
              ? new Known(row.envelopeSchema(), table, null, Long.MAX_VALUE)
              : written(row, table);
      known.put(row.name(), last);
    } else if (row.lsn() >= last.until() && last.table() != null) {
      last = written(row, last.table());
      known.put(row.name(), last);
    }
    return last;
  }

  private Known written(SourceRow row, StreamedTable table) {
    if (table == null && !row.snapshot()) {
      throw new CaptureException(
          "The stream does not say what table %s looked like at LSN %X"
              .formatted(row.name(), row.lsn()));
    }
    TableSchema schema = table != null ? schemas.of(table, row.lsn()) : ofSnapshot(row);
    return new Known(row.envelopeSchema(), table, schema.fingerprint(), schemas.until(schema));
  }

  private TableSchema ofSnapshot(SourceRow row) {
    Schema after = row.envelopeSchema().field("after").schema();
    return schemas.ofSnapshot(row.name(), after.fields().stream().map(Field::name).toList());
  }
}
