package dev.walcdc.iceberg;

import java.util.Optional;
import java.util.SortedMap;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;

/**
 * How far a table has come, for those who only look: what the sink stored in its latest commit that
 * the table's present rows stem from, whoever committed after it.
 *
 * @param nextOffsets offset of the topic to apply next, by partition
 * @param records records of the topic applied since the table was created
 * @param lsn of the latest change applied; 0 where none was, or only rows of a snapshot
 * @param committedAtMicros when the source committed that change, microseconds since 1970 UTC; 0
 *     where none was applied
 * @param appliedAtMicros when the sink applied it, by the sink's clock; 0 where none was applied
 */
public record StoredPosition(
    SortedMap<Integer, Long> nextOffsets,
    long records,
    long lsn,
    long committedAtMicros,
    long appliedAtMicros) {

  /**
   * Reads it from the table as it was when it was loaded or refreshed last.
   *
   * @return empty if the sink has committed nothing to it
   * @throws IllegalStateException if there is a position that cannot be read or is lost
   */
  public static Optional<StoredPosition> of(Table table) {
    if (!(table instanceof HasTableOperations accessible)) {
      throw new IllegalStateException(
          "The metadata of table %s cannot be looked at".formatted(table.name()));
    }
    TableMetadata metadata = accessible.operations().current();
    Positions positions =
        PositionHistory.latest(metadata, metadata.property(Positions.TOPIC, "unknown"));
    if (positions.isNone()) {
      return Optional.empty();
    }
    long lsn =
        positions.watermarks().values().stream().mapToLong(w -> w.version().lsn()).max().orElse(0);
    return Optional.of(
        new StoredPosition(
            positions.nextOffsets(),
            positions.records(),
            lsn,
            positions.committedAtMicros(),
            positions.appliedAtMicros()));
  }
}
