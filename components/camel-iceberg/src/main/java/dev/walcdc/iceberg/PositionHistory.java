package dev.walcdc.iceberg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;

/**
 * Finds the sink's own commits in a table's history. Commits of other engines carry no position, so
 * the newest own one is looked for among the ancestors of the current snapshot: after a rollback
 * the position goes back with the rows. An expiry of snapshots may drop it from there (an idle
 * table that is compacted now and then), so each commit also leaves it in a table property. That
 * copy counts only where the ancestry breaks off, and only if it is older than all that is left of
 * it, because a property is not rolled back.
 */
final class PositionHistory {

  /** JSON object: the summary entries of the newest own commit, and its sequence number. */
  static final String LAST_COMMIT = "walcdc.last-commit";

  private static final String SEQUENCE_NUMBER = "sequence-number";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private PositionHistory() {}

  /**
   * The position of the newest own commit that the table's current rows stem from.
   *
   * @throws IllegalStateException if there was one that can no longer be found
   */
  static Positions latest(TableMetadata table, String topic) {
    Snapshot oldest = null;
    for (Snapshot s = table.currentSnapshot(); s != null; s = parent(table, s)) {
      if (Positions.isIn(s.summary())) {
        return Positions.of(s.summary());
      }
      oldest = s;
    }
    String copy = table.property(LAST_COMMIT, null);
    if (oldest == null || oldest.parentId() == null || copy == null) {
      return Positions.none(topic);
    }
    Map<String, String> entries = parse(copy);
    if (Long.parseLong(entries.get(SEQUENCE_NUMBER)) >= oldest.sequenceNumber()) {
      throw new IllegalStateException(
          ("The position of topic `%s` is lost: table %s was rolled back to snapshot %d, and the"
                  + " commits of the sink before it have expired. Drop the table and resync it")
              .formatted(topic, table.location(), table.currentSnapshot().snapshotId()));
    }
    return Positions.of(entries);
  }

  /** Whether the table's current rows stem from this commit, however many came on top of it. */
  static boolean contains(TableMetadata table, String commitId) {
    for (Snapshot s = table.currentSnapshot(); s != null; s = parent(table, s)) {
      if (s.summary() != null && commitId.equals(s.summary().get(Positions.COMMIT_ID))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the table's history tells of every commit since this snapshot: it is an ancestor of the
   * current one, and so nothing in between has expired and nothing was rolled back.
   *
   * @param snapshot null for the beginning of the table
   */
  static boolean reachesBackTo(TableMetadata table, Snapshot snapshot) {
    Snapshot s = table.currentSnapshot();
    while (s != null) {
      if (snapshot == null ? s.parentId() == null : s.snapshotId() == snapshot.snapshotId()) {
        return true;
      }
      s = parent(table, s);
    }
    return snapshot == null && table.currentSnapshot() == null;
  }

  /** The value of {@link #LAST_COMMIT} for a commit on top of this table. */
  static String copyOf(Positions positions, TableMetadata base) {
    Map<String, String> entries = new TreeMap<>(positions.toSummary());
    entries.put(SEQUENCE_NUMBER, Long.toString(base.nextSequenceNumber()));
    try {
      return JSON.writeValueAsString(entries);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A map of strings can be written as JSON", e);
    }
  }

  private static Map<String, String> parse(String copy) {
    try {
      return JSON.readValue(copy, new TypeReference<TreeMap<String, String>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "Table property `%s` cannot be read: %s".formatted(LAST_COMMIT, copy), e);
    }
  }

  private static Snapshot parent(TableMetadata table, Snapshot snapshot) {
    return snapshot.parentId() == null ? null : table.snapshot(snapshot.parentId());
  }
}
