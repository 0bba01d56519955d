package dev.walcdc.iceberg;

import dev.walcdc.change.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.StrictMetricsEvaluator;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.TypeUtil;

/**
 * What has to go so that no row below a version is left. Files whose bounds say that all of their
 * rows are below it are dropped unread: that is nearly every file, because rows are written in the
 * order of the log. Files that mix (compacted across the version, or written from several
 * partitions) are read, and their rows below it get an equality delete each.
 *
 * <p>Rows are compared by epoch and LSN alone. That is exact: a TRUNCATE locks the table, so the
 * rows it removes have lower LSNs and the rows that come after it higher ones, and a fence is at
 * LSN 0 of its epoch. So the same erasure may come again, and again from another partition, at any
 * time, and never takes a row too many.
 */
final class ErasePlan {

  private final List<DataFile> wholeFiles = new ArrayList<>();
  private final List<FileScanTask> mixedFiles = new ArrayList<>();
  private final Table table;
  private final Schema identity;
  private final Expression below;

  private ErasePlan(Table table, Schema identity, Expression below) {
    this.table = table;
    this.identity = identity;
    this.below = below;
  }

  /**
   * Plans for the table's current snapshot.
   *
   * @param identity the table's columns that identify a row
   */
  static ErasePlan of(Table table, Schema identity, Version version) {
    Expression below = below(version);
    ErasePlan plan = new ErasePlan(table, identity, below);
    if (table.currentSnapshot() == null) {
      return plan;
    }
    StrictMetricsEvaluator allBelow = new StrictMetricsEvaluator(table.schema(), below);
    TableScan scan = table.newScan().filter(below).includeColumnStats();
    try (CloseableIterable<FileScanTask> tasks = scan.planFiles()) {
      for (FileScanTask task : tasks) {
        if (allBelow.eval(task.file())) {
          plan.wholeFiles.add(task.file());
        } else {
          plan.mixedFiles.add(task);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot plan an erasure in table " + table.name(), e);
    }
    return plan;
  }

  private static Expression below(Version version) {
    Expression earlierEpoch = Expressions.lessThan(TableLayout.EPOCH, version.epoch());
    if (version.lsn() == 0) {
      return earlierEpoch;
    }
    return Expressions.or(
        earlierEpoch,
        Expressions.and(
            Expressions.equal(TableLayout.EPOCH, version.epoch()),
            Expressions.lessThan(TableLayout.LSN, version.lsn())));
  }

  /** Files to drop as a whole. */
  List<DataFile> wholeFiles() {
    return wholeFiles;
  }

  /** Deletes what is below the version in the files that mix. */
  void deleteFromMixedFiles(ChangeWriter writer) {
    if (mixedFiles.isEmpty()) {
      return;
    }
    Schema compared = table.schema().select(TableLayout.EPOCH, TableLayout.LSN);
    Schema projection =
        TypeUtil.select(table.schema(), union(TypeUtil.getProjectedIds(identity), compared));
    LiveRows rows = new LiveRows(table, projection, below);
    for (FileScanTask task : mixedFiles) {
      try (CloseableIterable<Record> records = rows.of(task)) {
        for (Record record : records) {
          writer.delete(identityOf(record));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read table " + table.name(), e);
      }
    }
  }

  private static Set<Integer> union(Set<Integer> ids, Schema schema) {
    Set<Integer> all = new HashSet<>(ids);
    all.addAll(TypeUtil.getProjectedIds(schema));
    return all;
  }

  private StructLike identityOf(Record record) {
    Record key = GenericRecord.create(identity);
    identity.columns().forEach(c -> key.setField(c.name(), record.getField(c.name())));
    return new InternalRecordWrapper(identity.asStruct()).wrap(key);
  }
}
