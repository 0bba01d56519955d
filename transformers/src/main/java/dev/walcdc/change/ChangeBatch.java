package dev.walcdc.change;

import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.SortedMap;

/**
 * Changes of one table under one schema, in the order of the log: what a sink applies as a whole.
 * First {@code eraseBelow} takes effect, then {@code changes}.
 *
 * @param topic topic that carried them
 * @param schema the table as it was
 * @param eraseBelow rows whose version is lower are to disappear (a TRUNCATE, or the fence at the
 *     end of a snapshot); null where there is nothing to erase
 * @param changes row changes
 * @param progress how far the batch reaches, by partition; empty where it moves no position: it
 *     repeats records that the position has passed
 */
public record ChangeBatch(
    String topic,
    TableSchema schema,
    Version eraseBelow,
    List<RowChange> changes,
    SortedMap<Integer, PartitionProgress> progress) {

  /** The same batch with other changes. */
  public ChangeBatch withChanges(List<RowChange> others) {
    return new ChangeBatch(topic, schema, eraseBelow, others, progress);
  }

  /** The same batch under another schema, which its rows fit. */
  public ChangeBatch withSchema(TableSchema other) {
    return new ChangeBatch(topic, other, eraseBelow, changes, progress);
  }

  /** Whether a sink has nothing to write for it. */
  public boolean isEmpty() {
    return changes.isEmpty() && eraseBelow == null;
  }
}
