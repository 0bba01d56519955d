package dev.walcdc.iceberg;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition.Bound;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.Version;
import dev.walcdc.schema.TableSchema;
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
 * What has to go so that no row is left that an erasure means. Files whose bounds say that all of
 * their rows are below it are dropped unread: that is nearly every file, because rows are written
 * in the order of the log. Files that mix (compacted across the version, or written from several
 * partitions) are read, and their rows below it get an equality delete each.
 *
 * <p>Rows are compared by their whole version, so the same erasure may come again, and again from
 * another partition, at any time, and never takes a row too many.
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
   * @param source schema that the erasures' conditions are about
   * @throws RefusedChangeException if the table does not say which versions its rows have
   */
  static ErasePlan of(Table table, Schema identity, TableSchema source, List<Erasure> erasures) {
    Expression below = Expressions.alwaysFalse();
    for (Erasure erasure : erasures) {
      below = Expressions.or(below, meant(erasure, source));
    }
    ErasePlan plan = new ErasePlan(table, identity, below);
    if (table.currentSnapshot() == null) {
      return plan;
    }
    if (table.schema().findField(TableLayout.LAST_COMMIT_LSN) == null) {
      throw new RefusedChangeException(
          source.qualifiedName(),
          "Table %s has no column `%s`, so its rows do not say whether they came before an erasure. Drop it and resync it"
              .formatted(table.name(), TableLayout.LAST_COMMIT_LSN));
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

  private static Expression meant(Erasure erasure, TableSchema source) {
    Expression meant = below(erasure.below());
    for (Bound bound : erasure.where().bind(source)) {
      meant = Expressions.and(meant, compared(bound));
    }
    return meant;
  }

  private static Expression compared(Bound bound) {
    String name = bound.column().name();
    Object value = bound.value();
    return switch (bound.operator()) {
      case EQUAL -> Expressions.equal(name, value);
      case LESS -> Expressions.lessThan(name, value);
      case LESS_OR_EQUAL -> Expressions.lessThanOrEqual(name, value);
      case GREATER -> Expressions.greaterThan(name, value);
      case GREATER_OR_EQUAL -> Expressions.greaterThanOrEqual(name, value);
    };
  }

  private static Expression below(Version version) {
    Expression earlierEpoch = Expressions.lessThan(TableLayout.EPOCH, version.epoch());
    if (version.equals(Version.ofSnapshot(version.epoch()))) {
      return earlierEpoch;
    }
    Expression earlierCommit =
        Expressions.lessThan(TableLayout.LAST_COMMIT_LSN, version.lastCommitLsn());
    Expression earlierRow =
        Expressions.and(
            Expressions.equal(TableLayout.LAST_COMMIT_LSN, version.lastCommitLsn()),
            Expressions.lessThan(TableLayout.LSN, version.lsn()));
    return Expressions.or(
        earlierEpoch,
        Expressions.and(
            Expressions.equal(TableLayout.EPOCH, version.epoch()),
            Expressions.or(earlierCommit, earlierRow)));
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
    Set<Integer> ids = new HashSet<>(TypeUtil.getProjectedIds(identity));
    ids.addAll(
        TypeUtil.getProjectedIds(
            table
                .schema()
                .select(TableLayout.EPOCH, TableLayout.LAST_COMMIT_LSN, TableLayout.LSN)));
    Schema projection = TypeUtil.select(table.schema(), ids);
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

  private StructLike identityOf(Record record) {
    Record key = GenericRecord.create(identity);
    identity.columns().forEach(c -> key.setField(c.name(), record.getField(c.name())));
    return new InternalRecordWrapper(identity.asStruct()).wrap(key);
  }
}
