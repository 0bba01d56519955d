package dev.walcdc.iceberg.maintain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Which files of a table are to be rewritten: those before one commit with data, the border. What
 * deletions up to a sequence number take is left out, and the new files get that number, so that
 * every later deletion still takes their rows, also one that is committed meanwhile.
 *
 * <p>The border is the newest commit with data; or an earlier one, where the deletions after it
 * would not fit in memory. Its files have to stay as they are, and this is why: whenever Iceberg
 * commits, it drops all delete files that are older than every data file, without regard to the
 * files that the commit itself adds. Were all rewritten, deletions that were committed meanwhile
 * would be dropped, though the new files need them, and rows would come back (apache/iceberg issue
 * 10312; Trino's {@code optimize} commits in this way).
 *
 * @param snapshotId snapshot that was planned on
 * @param border data sequence number of the border
 * @param sequence data sequence number of the new files, not below the border's predecessor
 * @param groups files to rewrite, each group in one commit, in the order of the log
 * @param deletes delete files up to the sequence number
 * @param partial whether deletions were left for another time because they are too many
 */
record CompactionPlan(
    long snapshotId,
    long border,
    long sequence,
    List<List<DataFile>> groups,
    List<DeleteFile> deletes,
    boolean partial) {

  private static final CompactionPlan NOTHING =
      new CompactionPlan(0, 0, 0, List.of(), List.of(), false);

  /** A commit of this size is neither lost work to weep for nor one of many. */
  private static final long GROUP_BYTES = 1L << 30;

  /** A file that may be rewritten. */
  private record Candidate(DataFile file, int deletes) {}

  boolean isEmpty() {
    return groups.isEmpty();
  }

  /** Plans for the table as it is. */
  static CompactionPlan of(Table table, MaintenancePolicy policy) {
    Snapshot snapshot = table.currentSnapshot();
    List<Candidate> candidates = new ArrayList<>();
    Map<String, DeleteFile> deletes = new HashMap<>();
    TreeSet<Long> commits = new TreeSet<>();
    if (snapshot == null || table.spec().isPartitioned()) {
      return NOTHING;
    }
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        commits.add(task.file().dataSequenceNumber());
        task.deletes().forEach(delete -> deletes.putIfAbsent(delete.location(), delete));
        if (isPlain(task)
            && (policy.isSmall(task.file().fileSizeInBytes())
                || task.deletes().size() >= policy.deleteFiles())) {
          candidates.add(new Candidate(task.file().copyWithoutStats(), task.deletes().size()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot plan the compaction of table " + table.name(), e);
    }
    long newest = commits.isEmpty() ? 0 : commits.last();
    candidates.removeIf(candidate -> candidate.file().dataSequenceNumber() >= newest);
    if (candidates.size() < policy.smallFiles()
        && candidates.stream().noneMatch(c -> c.deletes() >= policy.deleteFiles())) {
      return NOTHING;
    }
    long oldest =
        candidates.stream().mapToLong(c -> c.file().dataSequenceNumber()).min().orElseThrow();
    deletes
        .values()
        .removeIf(
            delete ->
                delete.content() != FileContent.EQUALITY_DELETES
                    || delete.dataSequenceNumber() <= oldest);
    long sequence = lastInMemory(deletes.values(), snapshot.sequenceNumber(), policy.deletedKeys());
    boolean partial = sequence < snapshot.sequenceNumber();
    long border = Math.min(newest, commits.floor(sequence + 1));
    candidates.removeIf(candidate -> candidate.file().dataSequenceNumber() >= border);
    List<DeleteFile> applied =
        deletes.values().stream().filter(file -> file.dataSequenceNumber() <= sequence).toList();
    List<List<DataFile>> groups = groups(candidates, applied);
    if (partial && groups.isEmpty()) {
      throw new IllegalStateException(
          "Table %s has more than %d deletions after one of its commits, too many to be held in memory. Raise `maintain.deletedKeys`, and the memory of the process that runs `maintain-lakehouse`"
              .formatted(table.name(), policy.deletedKeys()));
    }
    return new CompactionPlan(snapshot.snapshotId(), border, sequence, groups, applied, partial);
  }

  /** Files as the sink writes them; what another engine has deleted by position stays for now. */
  private static boolean isPlain(FileScanTask task) {
    return task.file().format() == FileFormat.PARQUET
        && task.deletes().stream()
            .allMatch(
                delete ->
                    delete.content() == FileContent.EQUALITY_DELETES
                        && delete.format() == FileFormat.PARQUET);
  }

  /** The latest sequence number up to which there are not too many deletions. */
  private static long lastInMemory(Collection<DeleteFile> deletes, long latest, long deletedKeys) {
    List<DeleteFile> sorted =
        deletes.stream().sorted(Comparator.comparing(DeleteFile::dataSequenceNumber)).toList();
    long keys = 0;
    for (DeleteFile file : sorted) {
      keys += file.recordCount();
      if (keys > deletedKeys) {
        return file.dataSequenceNumber() - 1;
      }
    }
    return latest;
  }

  private static List<List<DataFile>> groups(List<Candidate> candidates, List<DeleteFile> applied) {
    long lastDeletion = applied.stream().mapToLong(DeleteFile::dataSequenceNumber).max().orElse(0);
    candidates.sort(
        Comparator.comparing((Candidate candidate) -> candidate.file().dataSequenceNumber())
            .thenComparing(candidate -> candidate.file().location()));
    List<List<DataFile>> groups = new ArrayList<>();
    List<DataFile> group = new ArrayList<>();
    long bytes = 0;
    boolean useful = false;
    for (Candidate candidate : candidates) {
      if (bytes > 0 && bytes + candidate.file().fileSizeInBytes() > GROUP_BYTES) {
        if (useful) {
          groups.add(group);
        }
        group = new ArrayList<>();
        bytes = 0;
        useful = false;
      }
      group.add(candidate.file());
      bytes += candidate.file().fileSizeInBytes();
      useful |= group.size() > 1 || lastDeletion > candidate.file().dataSequenceNumber();
    }
    if (useful) {
      groups.add(group);
    }
    return groups;
  }
}
