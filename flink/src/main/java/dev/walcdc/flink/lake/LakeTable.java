package dev.walcdc.flink.lake;

import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.util.SnapshotUtil;

/** An Iceberg table that a job writes, or is about to; as it was when it was loaded. */
public final class LakeTable {

  /** Table property: which program writes it. */
  static final String WRITER = "walcdc.writer";

  /** Ours. */
  static final String THIS_WRITER = "flink-sql";

  /** Table property: the erasures that were on the log when the table was begun. */
  static final String ERASURES = "walcdc.erasures";

  /** Iceberg's Flink sink leaves it in the summary of each snapshot. */
  private static final String CHECKPOINT = "flink.max-committed-checkpoint-id";

  private final Catalog catalog;
  private final TableIdentifier name;
  private final Table table;

  private LakeTable(Catalog catalog, TableIdentifier name) {
    this.catalog = catalog;
    this.name = name;
    this.table = catalog.loadTable(name);
  }

  /**
   * Loads a table.
   *
   * @throws OtherWriterException if it is not ours to write
   * @throws NoSuchTableException if there is none
   */
  public static LakeTable load(Catalog catalog, TableIdentifier name) {
    LakeTable loaded = new LakeTable(catalog, name);
    String writer = loaded.table.properties().get(WRITER);
    if (!THIS_WRITER.equals(writer)) {
      throw new OtherWriterException(name, writer);
    }
    return loaded;
  }

  /** Its id, which another table of the same name does not have. */
  public String id() {
    return table.uuid().toString();
  }

  /** Its name in the catalog. */
  public String name() {
    return name.toString();
  }

  /** Whether anything was ever committed to it. */
  public boolean hasCommits() {
    return table.currentSnapshot() != null;
  }

  /** The checkpoint whose rows were committed last; empty if no commit says one. */
  public OptionalLong committedCheckpoint() {
    if (!hasCommits()) {
      return OptionalLong.empty();
    }
    // Maintenance commits as well, and says nothing of checkpoints.
    for (Snapshot snapshot :
        SnapshotUtil.ancestorsOf(table.currentSnapshot().snapshotId(), table::snapshot)) {
      String checkpoint = snapshot.summary().get(CHECKPOINT);
      if (checkpoint != null) {
        return OptionalLong.of(Long.parseLong(checkpoint));
      }
    }
    return OptionalLong.empty();
  }

  /** What {@link #begin} noted; null if it was never called. */
  public String erasures() {
    return table.properties().get(ERASURES);
  }

  /** Notes on a table without rows which erasures are on the log. */
  public void begin(String erasures) {
    table.updateProperties().set(ERASURES, erasures).commit();
  }

  /** How many files and rows it has now. */
  public FileCounts files() {
    Map<String, String> summary = hasCommits() ? table.currentSnapshot().summary() : Map.of();
    return new FileCounts(
        count(summary, "total-data-files"),
        count(summary, "total-delete-files"),
        count(summary, "total-records"));
  }

  private static long count(Map<String, String> summary, String name) {
    return Long.parseLong(summary.getOrDefault(name, "0"));
  }

  /** Drops it with its files. */
  public void drop() {
    catalog.dropTable(name, true);
  }

  /**
   * What a table's present snapshot is made of.
   *
   * @param data data files
   * @param deletes files that say which rows of them are gone
   * @param rows rows in the data files, those that are gone included
   */
  public record FileCounts(long data, long deletes, long rows) {}
}
