package dev.walcdc.envelope;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * First step of every sink's route: raw records of the log become typed row changes with a version.
 * Tombstones disappear; a TRUNCATE or a fence becomes an erasure of the batch, and changes that it
 * outranks are dropped. A pure function of its input, safe to share between threads.
 */
public final class EnvelopeNormalizer {

  /**
   * Normalizes one batch. Of a replay the result has no progress.
   *
   * @throws RefusedChangesException if records are no envelopes of the batch's schema: it names all
   *     of them
   */
  public ChangeBatch normalize(LogBatch batch) {
    RecordReader reader = new RecordReader(batch.schema());
    List<RowChange> changes = new ArrayList<>(batch.records().size());
    SortedMap<Integer, PartitionProgress> progress = new TreeMap<>();
    List<Refusal> refusals = new ArrayList<>();
    Erasures erasures = new Erasures();
    for (LogRecord record : batch.records()) {
      try {
        reader.read(record);
      } catch (EnvelopeException e) {
        refusals.add(unreadable(batch, record, e));
        continue;
      }
      if (reader.erasure() != null) {
        erasures.add(reader.erasure());
      }
      if (reader.change() != null) {
        changes.add(reader.change());
      }
      advance(progress, record, reader.change(), reader.erasure());
    }
    if (!refusals.isEmpty()) {
      throw new RefusedChangesException(refusals);
    }
    for (Erasure erasure : erasures.all()) {
      changes.removeIf(erasure.over(batch.schema())::covers);
    }
    return new ChangeBatch(
        batch.topic(),
        batch.schema(),
        erasures.all(),
        changes,
        batch.replay() ? new TreeMap<>() : progress,
        batch.partitions());
  }

  private static void advance(
      SortedMap<Integer, PartitionProgress> progress,
      LogRecord record,
      RowChange change,
      Erasure erasure) {
    PartitionProgress sofar = progress.get(record.partition());
    ChangePoint last = sofar == null ? null : sofar.last();
    long committedAt = sofar == null ? 0 : sofar.committedAtMicros();
    if (change != null) {
      last = last == null || last.compareTo(change.point()) < 0 ? change.point() : last;
      committedAt = Math.max(committedAt, change.committedAtMicros());
    }
    long records = sofar == null ? 1 : sofar.records() + 1;
    Version erasedBelow = sofar == null ? Version.NONE : sofar.erasedBelow();
    if (erasure != null && erasure.where().isAll()) {
      erasedBelow = Version.max(erasedBelow, erasure.below());
    }
    progress.put(
        record.partition(),
        new PartitionProgress(record.offset() + 1, records, last, committedAt, erasedBelow));
  }

  private static Refusal unreadable(LogBatch batch, LogRecord record, EnvelopeException e) {
    return new Refusal(
        record.partition(),
        record.offset(),
        "Record at offset %d of %s-%d cannot be applied: %s"
            .formatted(record.offset(), batch.topic(), record.partition(), e.getMessage()));
  }
}
