package dev.walcdc.iceberg.maintain;

import dev.walcdc.iceberg.ChangeWriter;
import dev.walcdc.iceberg.ChangeWriter.WrittenFiles;
import dev.walcdc.iceberg.UnknownOutcomeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.InternalReader;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts small files together and leaves out the rows that were deleted, while the sink goes on.
 * Values stay as they are to the bit: they are read and written in Iceberg's internal form. Rows
 * stay in the order of the log, so that the bounds of files go on to tell old rows from new ones.
 */
final class Compaction {

  private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

  /** A table whose deletions do not fit in memory is done in stretches, in this run so many. */
  private static final int STRETCHES = 50;

  private final TableAccess table;
  private final MaintenancePolicy policy;

  Compaction(TableAccess table, MaintenancePolicy policy) {
    this.table = table;
    this.policy = policy;
  }

  /**
   * Rewrites what is to be rewritten.
   *
   * @throws UnknownOutcomeException if a commit may have succeeded
   */
  void run() {
    for (int stretch = 0; stretch < STRETCHES; stretch++) {
      Table planned = table.now();
      CompactionPlan plan = CompactionPlan.of(planned, policy);
      if (plan.isEmpty()) {
        return;
      }
      DeletedKeys deleted = DeletedKeys.read(planned, plan.deletes());
      for (List<DataFile> group : plan.groups()) {
        rewrite(planned, plan, group, deleted);
      }
      if (!plan.partial()) {
        return;
      }
    }
  }

  private void rewrite(
      Table planned, CompactionPlan plan, List<DataFile> group, DeletedKeys deleted) {
    try (ChangeWriter writer =
        new ChangeWriter(
            planned, planned.schema(), UUID.randomUUID().toString(), policy.targetFileBytes())) {
      for (DataFile file : group) {
        copy(planned, file, deleted, writer);
      }
      WrittenFiles written = writer.complete();
      try {
        table.commit(now -> replacement(now, plan, group, written));
      } catch (UnknownOutcomeException e) {
        throw e;
      } catch (RuntimeException e) {
        writer.discard();
        throw e;
      }
      LOG.info(
          "Table {}: {} data files became {}", table.name(), group.size(), written.data().size());
    }
  }

  private static void copy(Table planned, DataFile file, DeletedKeys deleted, ChangeWriter writer) {
    Schema schema = planned.schema();
    try (CloseableIterable<Record> rows =
        Parquet.read(planned.io().newInputFile(file))
            .project(schema)
            .createReaderFunc(type -> InternalReader.create(schema, type))
            .build()) {
      for (Record row : rows) {
        if (!deleted.contain(row, file.dataSequenceNumber())) {
          writer.insert(row);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot read %s of table %s".formatted(file.location(), planned.name()), e);
    }
  }

  private RewriteFiles replacement(
      Table now, CompactionPlan plan, List<DataFile> group, WrittenFiles written) {
    long oldest = oldestLeft(now, group);
    requireBorder(now, plan, oldest);
    RewriteFiles rewrite = now.newRewrite();
    group.forEach(rewrite::deleteFile);
    written.data().forEach(rewrite::addFile);
    needless(now, Math.min(oldest, plan.sequence())).forEach(rewrite::deleteFile);
    rewrite.dataSequenceNumber(plan.sequence());
    rewrite.validateFromSnapshot(plan.snapshotId());
    return rewrite;
  }

  /** See {@link CompactionPlan}: an erasure of the sink may have taken the files at the border. */
  private static void requireBorder(Table now, CompactionPlan plan, long oldest) {
    if (oldest > plan.border()) {
      throw new OvertakenException(
          "Table %s was erased from while it was rewritten; the next run does it"
              .formatted(now.name()));
    }
  }

  /** The lowest data sequence number of files that stay as they are. */
  private static long oldestLeft(Table now, List<DataFile> group) {
    Set<String> rewritten = new HashSet<>();
    group.forEach(file -> rewritten.add(file.location()));
    long oldest = Long.MAX_VALUE;
    for (ManifestFile manifest : now.currentSnapshot().dataManifests(now.io())) {
      try (CloseableIterable<DataFile> files =
          ManifestFiles.read(manifest, now.io(), now.specs())) {
        for (DataFile file : files) {
          if (!rewritten.contains(file.location())) {
            oldest = Math.min(oldest, file.dataSequenceNumber());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot look at table " + now.name(), e);
      }
    }
    return oldest;
  }

  /**
   * Delete files that apply to nothing any more, if there are no older data files than this.
   * Iceberg drops such by itself, but where a table has no partitions, it stops at the first.
   */
  private static List<DeleteFile> needless(Table now, long oldest) {
    List<DeleteFile> needless = new ArrayList<>();
    for (ManifestFile manifest : now.currentSnapshot().deleteManifests(now.io())) {
      try (CloseableIterable<DeleteFile> files =
          ManifestFiles.readDeleteManifest(manifest, now.io(), now.specs())) {
        for (DeleteFile file : files) {
          if (file.content() == FileContent.EQUALITY_DELETES
              && file.dataSequenceNumber() <= oldest) {
            needless.add(file.copyWithoutStats());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot look at table " + now.name(), e);
      }
    }
    return needless;
  }
}
