package dev.walcdc.iceberg.maintain;

import java.time.Duration;

/**
 * What maintenance does, and when.
 *
 * @param targetFileBytes about how large data files are to become; one below three quarters of it
 *     is small
 * @param smallFiles how many small files a table has before they are rewritten, at least 2
 * @param deleteFiles how many delete files apply to a data file before it is rewritten, whatever
 *     its size; at least 1
 * @param deletedKeys how many keys of deleted rows are held in memory at most, some 150 bytes each.
 *     Where there are more, the table's past is rewritten in stretches
 * @param snapshotAge how long snapshots stay: a query that takes longer may lose the files that it
 *     reads
 * @param snapshots how many of the newest stay however old they are, at least 1
 * @param orphanAge how old a file is that may be removed because nothing names it: older than any
 *     commit may be that is on its way
 */
public record MaintenancePolicy(
    long targetFileBytes,
    int smallFiles,
    int deleteFiles,
    long deletedKeys,
    Duration snapshotAge,
    int snapshots,
    Duration orphanAge) {

  /** The shortest that snapshots may be kept: the sink's retries and most queries are over then. */
  public static final Duration LEAST_SNAPSHOT_AGE = Duration.ofMinutes(10);

  /** The shortest age of files that may be removed: a commit on its way is surely over then. */
  public static final Duration LEAST_ORPHAN_AGE = Duration.ofDays(1);

  private static final int LEAST_SMALL_FILES = 2;

  /** What the options of the route say where nobody changes them. */
  public static final MaintenancePolicy STANDARD =
      new MaintenancePolicy(
          128L << 20, 20, 20, 1_000_000, Duration.ofHours(24), 100, Duration.ofDays(3));

  /** Refuses what would do harm, with a sentence that says what to give instead. */
  public MaintenancePolicy {
    require(targetFileBytes >= 1, "Data files of %d bytes cannot be made", targetFileBytes);
    require(
        smallFiles >= LEAST_SMALL_FILES,
        "%d small files are nothing to put together; give at least 2",
        smallFiles);
    require(
        deleteFiles >= 1,
        "A file that %d delete files apply to is whole; give 1 or more",
        deleteFiles);
    require(deletedKeys >= 1, "%d deleted keys are too few to go on; give 1 or more", deletedKeys);
    require(snapshots >= 1, "%d snapshots cannot be kept, the present one is one", snapshots);
    require(
        snapshotAge.compareTo(LEAST_SNAPSHOT_AGE) >= 0,
        "Snapshots cannot expire after %s, for queries and the sink's retries may need them; give"
            + " PT10M or more",
        snapshotAge);
    require(
        orphanAge.compareTo(LEAST_ORPHAN_AGE) >= 0,
        "Files cannot be removed after %s, for a commit may be on its way to name them; give PT24H"
            + " or more",
        orphanAge);
  }

  private static void require(boolean met, String message, Object value) {
    if (!met) {
      throw new IllegalArgumentException(message.formatted(value));
    }
  }

  boolean isSmall(long fileBytes) {
    return fileBytes < targetFileBytes - targetFileBytes / 4;
  }
}
