package dev.walcdc.change;

import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.SortedMap;

/**
 * Changes of one table under one schema, in the order of the log: what a sink applies as a whole.
 * First {@code erasures} take effect, then {@code changes}.
 *
 * @param topic topic that carried them
 * @param schema the table as it was
 * @param erasures TRUNCATEs and fences, of those without a condition only the highest, and that
 *     first; their order is of no effect
 * @param changes row changes
 * @param progress how far the batch reaches, by partition; empty where it moves no position: it
 *     repeats records that the position has passed
 * @param partitions how many partitions the topic has; 0 where that is not known
 */
public record ChangeBatch(
    String topic,
    TableSchema schema,
    List<Erasure> erasures,
    List<RowChange> changes,
    SortedMap<Integer, PartitionProgress> progress,
    int partitions) {

  public ChangeBatch {
    erasures = List.copyOf(erasures);
  }

  /** A batch of a topic of which nobody knows how many partitions it has. */
  public ChangeBatch(
      String topic,
      TableSchema schema,
      List<Erasure> erasures,
      List<RowChange> changes,
      SortedMap<Integer, PartitionProgress> progress) {
    this(topic, schema, erasures, changes, progress, 0);
  }

  /** The same batch with other changes. */
  public ChangeBatch withChanges(List<RowChange> others) {
    return new ChangeBatch(topic, schema, erasures, others, progress, partitions);
  }

  /** The same batch under another schema, which its rows fit. */
  public ChangeBatch withSchema(TableSchema other) {
    return new ChangeBatch(topic, other, erasures, changes, progress, partitions);
  }

  /** Whether a sink has nothing to write for it. */
  public boolean isEmpty() {
    return changes.isEmpty() && erasures.isEmpty();
  }
}
