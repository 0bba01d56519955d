package dev.walcdc.flink.change;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.RowTranslation;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.envelope.EnvelopeException;
import dev.walcdc.envelope.TracedRecord;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

/**
 * Reads records that were written under one definition of a table into rows with the columns of
 * another, which are those of the SQL file. For one thread.
 */
final class ChangeReader {

  private final TableSchema target;
  private final boolean[] inKey;
  private final TracedRecord.Reader reader;
  private final TableSchema written;
  private final KnownErasures erasures;
  private final List<Erasure.Scope> scopes;

  /**
   * Reads records of one definition.
   *
   * @param written the definition that the records name
   * @param target the definition with the file's columns; may be the same
   */
  ChangeReader(TableSchema written, TableSchema target, KnownErasures erasures) {
    this.written = written;
    this.target = target;
    this.reader = new TracedRecord.Reader(written);
    this.erasures = erasures;
    this.scopes = erasures.all().stream().map(erasure -> erasure.over(target)).toList();
    this.inKey = new boolean[target.columns().size()];
    for (int index : target.keyIndexes()) {
      inKey[index] = true;
    }
  }

  /**
   * The row of a record's change.
   *
   * @return null where it carries none that has an effect
   * @throws RefusedRecordException if it cannot be applied
   */
  RowData read(LogRecord record) {
    TracedRecord traced;
    try {
      traced = reader.read(record);
    } catch (EnvelopeException e) {
      throw new RefusedRecordException(e.getMessage(), e);
    }
    if (traced.erasure() != null) {
      if (!erasures.include(traced.erasure())) {
        throw new RefusedRecordException(
            "it says that rows below version %s are gone (a TRUNCATE, or the end of a resync or of a new snapshot), which a running SQL job cannot do. Begin the table anew: `flink-sql rebuild %s`"
                .formatted(traced.erasure().toText(), target.qualifiedName()));
      }
      return null;
    }
    return traced.change() == null ? null : row(translated(traced.change()));
  }

  private RowChange translated(RowChange change) {
    if (written.sameShape(target)) {
      return change;
    }
    ChangeBatch one = new ChangeBatch("", written, List.of(), List.of(change), new TreeMap<>(), 0);
    try {
      return RowTranslation.translate(one, target).changes().get(0);
    } catch (RefusedChangeException e) {
      throw new RefusedRecordException(e.getMessage(), e);
    }
  }

  private RowData row(RowChange change) {
    List<Column> columns = target.columns();
    GenericRowData row = new GenericRowData(columns.size() + ChangeColumns.count());
    List<StringData> unchanged = null;
    boolean deleted = change.isDelete();
    for (int i = 0; i < columns.size(); i++) {
      Object value = change.row()[i];
      if (deleted && !inKey[i]) {
        continue; // The source need not have said.
      }
      if (value == Unchanged.TOAST) {
        unchanged = unchanged == null ? new ArrayList<>() : unchanged;
        unchanged.add(StringData.fromString(columns.get(i).name()));
      } else {
        row.setField(i, SqlValue.of(columns.get(i), value));
      }
    }
    Version version = change.version();
    int at = columns.size();
    row.setField(at++, version.epoch());
    row.setField(at++, version.lastCommitLsn());
    row.setField(at++, version.lsn());
    row.setField(at++, change.point().ordinal());
    row.setField(at++, deleted);
    row.setField(at++, isErased(change));
    row.setField(at, unchanged == null ? null : new GenericArrayData(unchanged.toArray()));
    return row;
  }

  private boolean isErased(RowChange change) {
    for (Erasure.Scope scope : scopes) {
      if (scope.covers(change)) {
        return true;
      }
    }
    return false;
  }
}
