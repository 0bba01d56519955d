package dev.walcdc.iceberg.maintain;

import java.util.List;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;

/**
 * What a run has done.
 *
 * @param tables in the order of their names
 */
public record MaintenanceReport(List<TableReport> tables) {

  public MaintenanceReport {
    tables = List.copyOf(tables);
  }

  /** Whether all tables were maintained. */
  public boolean isDone() {
    return tables.stream().allMatch(table -> table.problem() == null);
  }

  /**
   * What was done to one table.
   *
   * @param table namespace and name
   * @param before what it was made of
   * @param after what it is made of; as before where there was a problem
   * @param orphans files removed that nothing named
   * @param problem why it was not done; null where it was
   */
  public record TableReport(
      String table, Extent before, Extent after, int orphans, String problem) {}

  /**
   * What a table is made of.
   *
   * @param dataFiles data files of its present snapshot
   * @param deleteFiles delete files of its present snapshot
   * @param snapshots snapshots that it keeps
   */
  public record Extent(long dataFiles, long deleteFiles, int snapshots) {

    static Extent of(Table table) {
      Snapshot snapshot = table.currentSnapshot();
      int snapshots = 0;
      for (Snapshot ignored : table.snapshots()) {
        snapshots++;
      }
      return new Extent(
          total(snapshot, SnapshotSummary.TOTAL_DATA_FILES_PROP),
          total(snapshot, SnapshotSummary.TOTAL_DELETE_FILES_PROP),
          snapshots);
    }

    private static long total(Snapshot snapshot, String property) {
      return snapshot == null ? 0 : Long.parseLong(snapshot.summary().getOrDefault(property, "0"));
    }
  }
}
