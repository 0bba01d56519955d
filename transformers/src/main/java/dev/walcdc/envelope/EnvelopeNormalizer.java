package dev.walcdc.envelope;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * First step of every sink's route: raw records of the log become typed row changes with a version.
 * Tombstones disappear; a TRUNCATE or a fence becomes the batch's erasure, and changes that it
 * outranks are dropped. A pure function of its input, safe to share between threads.
 */
public final class EnvelopeNormalizer {

  /**
   * Normalizes one batch.
   *
   * @throws EnvelopeException if a record is not an envelope of the batch's schema; the message
   *     names topic, partition and offset
   */
  public ChangeBatch normalize(LogBatch batch) {
    EnvelopeReader reader = new EnvelopeReader(batch.schema());
    int[] key = batch.schema().keyIndexes();
    List<RowChange> changes = new ArrayList<>(batch.records().size());
    SortedMap<Integer, PartitionProgress> progress = new TreeMap<>();
    Version eraseBelow = null;
    for (LogRecord record : batch.records()) {
      RowChange change = null;
      if (record.fence() > 0) {
        eraseBelow = higher(eraseBelow, Version.ofSnapshot(record.fence()));
      } else if (record.value() != null) {
        read(reader, batch, record);
        if (reader.op().equals("t")) {
          eraseBelow = higher(eraseBelow, version(reader, batch, record));
        } else {
          change = change(reader, batch, record);
          requireKey(change, key, batch, record);
          requireMadeWhole(change, batch, record);
          changes.add(change);
        }
      }
      advance(progress, record, change);
    }
    if (eraseBelow != null) {
      Version erased = eraseBelow;
      changes.removeIf(change -> change.version().compareTo(erased) < 0);
    }
    return new ChangeBatch(batch.topic(), batch.schema(), eraseBelow, changes, progress);
  }

  private static void read(EnvelopeReader reader, LogBatch batch, LogRecord record) {
    try {
      reader.read(record.value());
    } catch (IOException | EnvelopeException e) {
      throw unreadable(batch, record, e.getMessage(), e);
    }
  }

  private static RowChange change(EnvelopeReader reader, LogBatch batch, LogRecord record) {
    Operation operation =
        switch (reader.op()) {
          case "r" -> Operation.READ;
          case "c" -> Operation.CREATE;
          case "u" -> Operation.UPDATE;
          case "d" -> Operation.DELETE;
          default ->
              throw unreadable(batch, record, "its op `" + reader.op() + "` is not known", null);
        };
    Object[] row = operation == Operation.DELETE ? reader.before() : reader.after();
    if (row == null) {
      throw unreadable(
          batch,
          record,
          "an envelope with op `%s` must carry its row".formatted(reader.op()),
          null);
    }
    ChangePoint point =
        new ChangePoint(operation, version(reader, batch, record), record.ordinal());
    return RowChange.of(point, row, record.partition(), reader.committedAtMicros());
  }

  /** A sink would take NULL for the key of some row, and change that one. */
  private static void requireKey(RowChange change, int[] key, LogBatch batch, LogRecord record) {
    for (int index : key) {
      Object value = change.row()[index];
      if (value == null || value == Unchanged.TOAST) {
        throw unreadable(
            batch,
            record,
            "it does not say which row it means, for key column `%s` is %s. Set a REPLICA IDENTITY that holds the primary key, and resync table `%s`"
                .formatted(
                    batch.schema().columns().get(index).name(),
                    value == null ? "null" : "left out",
                    batch.schema().qualifiedName()),
            null);
      }
    }
  }

  /**
   * A changed key comes as a deletion and a creation, and what the update left alone is then on the
   * row of the old key. A sink would look for it on a row that had the new key before.
   */
  private static void requireMadeWhole(RowChange change, LogBatch batch, LogRecord record) {
    Operation operation = change.point().operation();
    if (operation != Operation.CREATE && operation != Operation.READ) {
      return;
    }
    int missing = Arrays.asList(change.row()).indexOf(Unchanged.TOAST);
    if (missing >= 0) {
      throw unreadable(
          batch,
          record,
          "it makes a row without a value for column `%s`: an update changed the row's key and left this long value alone. Set REPLICA IDENTITY FULL on table `%s`, and resync it"
              .formatted(
                  batch.schema().columns().get(missing).name(), batch.schema().qualifiedName()),
          null);
    }
  }

  private static Version version(EnvelopeReader reader, LogBatch batch, LogRecord record) {
    int epoch = batch.schema().epoch();
    if (reader.op().equals("r")) {
      return Version.ofSnapshot(epoch);
    }
    if (reader.lsn() == 0) {
      throw unreadable(batch, record, "it has no source.lsn, which ranks it among others", null);
    }
    try {
      return Version.of(epoch, reader.lastCommitLsn(), reader.lsn());
    } catch (IllegalArgumentException e) {
      throw unreadable(batch, record, e.getMessage(), e);
    }
  }

  private static Version higher(Version a, Version b) {
    return a == null ? b : Version.max(a, b);
  }

  private static void advance(
      SortedMap<Integer, PartitionProgress> progress, LogRecord record, RowChange change) {
    PartitionProgress sofar = progress.get(record.partition());
    ChangePoint last = sofar == null ? null : sofar.last();
    long committedAt = sofar == null ? 0 : sofar.committedAtMicros();
    if (change != null) {
      last = last == null || last.compareTo(change.point()) < 0 ? change.point() : last;
      committedAt = Math.max(committedAt, change.committedAtMicros());
    }
    long records = sofar == null ? 1 : sofar.records() + 1;
    progress.put(
        record.partition(), new PartitionProgress(record.offset() + 1, records, last, committedAt));
  }

  private static EnvelopeException unreadable(
      LogBatch batch, LogRecord record, String reason, Throwable cause) {
    return new EnvelopeException(
        "Record at offset %d of %s-%d cannot be applied: %s"
            .formatted(record.offset(), batch.topic(), record.partition(), reason),
        cause);
  }
}
