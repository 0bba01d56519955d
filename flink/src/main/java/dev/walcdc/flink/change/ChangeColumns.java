package dev.walcdc.flink.change;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.TypeConversions;

/**
 * The columns that {@link ReadChange} adds to those of the table: which change it was, and what
 * {@link LatestRow} is to make of it. The first three stay in the lake, under the names that the
 * other writer gives them.
 */
final class ChangeColumns {

  /** The version of the change: see {@link dev.walcdc.change.Version}. */
  static final String EPOCH = "_epoch";

  static final String LAST_COMMIT_LSN = "_last_commit_lsn";
  static final String LSN = "_lsn";

  /** Tells changes that share an LSN apart. */
  static final String ORDINAL = "_ordinal";

  /** Whether the row is gone after the change; then only its key has values. */
  static final String DELETED = "_deleted";

  /** Whether an erasure that was on the log at the beginning took the row away again. */
  static final String ERASED = "_erased";

  /** Names of the columns that the change did not touch and left out; null where it has all. */
  static final String UNCHANGED = "_unchanged";

  private static final List<DataTypes.Field> VERSION =
      List.of(
          DataTypes.FIELD(EPOCH, DataTypes.INT().notNull()),
          DataTypes.FIELD(LAST_COMMIT_LSN, DataTypes.BIGINT().notNull()),
          DataTypes.FIELD(LSN, DataTypes.BIGINT().notNull()));

  private static final List<DataTypes.Field> HANDLING =
      List.of(
          DataTypes.FIELD(ORDINAL, DataTypes.BIGINT().notNull()),
          DataTypes.FIELD(DELETED, DataTypes.BOOLEAN().notNull()),
          DataTypes.FIELD(ERASED, DataTypes.BOOLEAN().notNull()),
          DataTypes.FIELD(UNCHANGED, DataTypes.ARRAY(DataTypes.STRING().notNull())));

  private static final List<String> NAMES =
      List.of(EPOCH, LAST_COMMIT_LSN, LSN, ORDINAL, DELETED, ERASED, UNCHANGED);

  private ChangeColumns() {}

  /** How many there are. */
  static int count() {
    return NAMES.size();
  }

  /** What {@link ReadChange} gives: the table's columns, then all of these. */
  static DataType after(RowType table) {
    List<DataTypes.Field> fields = new ArrayList<>(tableFields(table));
    fields.addAll(VERSION);
    fields.addAll(HANDLING);
    return DataTypes.ROW(fields).notNull();
  }

  /** What {@link LatestRow} gives: the table's columns but the key's, then the version. */
  static DataType latest(DataType change, int[] key) {
    List<DataType> types = change.getChildren();
    List<String> names = DataType.getFieldNames(change);
    List<DataTypes.Field> fields = new ArrayList<>();
    for (int i = 0; i < types.size() - count(); i++) {
      if (!contains(key, i)) {
        fields.add(DataTypes.FIELD(names.get(i), types.get(i)));
      }
    }
    fields.addAll(VERSION);
    return DataTypes.ROW(fields).notNull();
  }

  private static List<DataTypes.Field> tableFields(RowType table) {
    return table.getFields().stream()
        .map(
            field ->
                DataTypes.FIELD(
                    field.getName(), TypeConversions.fromLogicalToDataType(field.getType())))
        .toList();
  }

  /** Whether an index is among those of the key. */
  static boolean contains(int[] key, int index) {
    for (int each : key) {
      if (each == index) {
        return true;
      }
    }
    return false;
  }
}
