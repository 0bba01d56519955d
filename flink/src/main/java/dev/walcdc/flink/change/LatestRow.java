package dev.walcdc.flink.change;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.functions.ChangelogFunction;
import org.apache.flink.table.functions.ProcessTableFunction;
import org.apache.flink.table.functions.TableSemantics;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.StateTypeStrategy;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.StaticArgumentTrait;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * {@code latest_row(changes => TABLE changes PARTITION BY id)}: the latest row of each key, as
 * inserts, updates and deletes. Partition by the whole primary key.
 *
 * <p>The change with the highest version and ordinal is the latest; one that is lower comes again
 * and has no effect. Values that an update left out are those of the row before, which is kept in
 * Flink's state; so is the version of a deleted row, or an insert that comes again would bring it
 * back.
 */
public final class LatestRow extends ProcessTableFunction<Row> implements ChangelogFunction {

  private static final String CHANGES = "changes";

  private transient int columns;
  private transient int[] key;
  private transient List<String> names;

  /**
   * Takes one change.
   *
   * @param latest the state of its key: a change without what it left out; all null at first
   * @param change with the columns that {@link ReadChange} gives
   */
  public void eval(Context context, Row latest, Row change) {
    if (names == null) {
      TableSemantics table = context.tableSemanticsFor(CHANGES);
      names = DataType.getFieldNames(table.dataType());
      columns = names.size() - ChangeColumns.count();
      key = table.partitionByColumns();
    }
    boolean first = latest.getField(columns) == null;
    if (!first && compare(change, latest) < 0) {
      return;
    }
    boolean hasRow = !first && !isTrue(latest, ChangeColumns.DELETED);
    boolean shown = hasRow && !isTrue(latest, ChangeColumns.ERASED);
    if (isTrue(change, ChangeColumns.DELETED)) {
      if (shown) {
        collect(row(RowKind.DELETE, latest));
      }
      keep(change, latest);
      return;
    }
    if (!fill(change, hasRow ? latest : null)) {
      return;
    }
    boolean update = shown && !isTrue(change, ChangeColumns.ERASED);
    if (update && context.getChangelogMode().contains(RowKind.UPDATE_BEFORE)) {
      collect(row(RowKind.UPDATE_BEFORE, latest));
    }
    keep(change, latest);
    if (!isTrue(change, ChangeColumns.ERASED)) {
      collect(row(shown ? RowKind.UPDATE_AFTER : RowKind.INSERT, change));
    }
  }

  private int compare(Row a, Row b) {
    for (int i = 0; i < 4; i++) {
      int compared =
          Long.compare(
              ((Number) a.getField(columns + i)).longValue(),
              ((Number) b.getField(columns + i)).longValue());
      if (compared != 0) {
        return compared;
      }
    }
    return 0;
  }

  private boolean isTrue(Row row, String column) {
    return Boolean.TRUE.equals(row.getField(names.indexOf(column)));
  }

  /**
   * Takes what an update left out from the row before it.
   *
   * @return false if there is none, and the update needs none, for an erasure took its row away
   */
  private boolean fill(Row change, Row before) {
    String[] unchanged = (String[]) change.getField(names.size() - 1);
    if (unchanged == null) {
      return true;
    }
    if (before == null) {
      if (isTrue(change, ChangeColumns.ERASED)) {
        return false;
      }
      throw new SuppressRestartsException(
          new RefusedRecordException(
              "An update of the row with key %s left out %s, and the row before it is not on the log. Set REPLICA IDENTITY FULL on the table, resync it, and begin it anew: `flink-sql rebuild`"
                  .formatted(
                      Arrays.toString(Arrays.stream(key).mapToObj(change::getField).toArray()),
                      Arrays.toString(unchanged))));
    }
    for (String name : unchanged) {
      int index = names.indexOf(name);
      change.setField(index, before.getField(index));
    }
    return true;
  }

  /** All but the last column, which is what the change left out. */
  private static void keep(Row change, Row latest) {
    for (int i = 0; i < latest.getArity(); i++) {
      latest.setField(i, change.getField(i));
    }
  }

  /** Flink puts the key's columns before these. */
  private Row row(RowKind kind, Row change) {
    Row row = new Row(kind, columns - key.length + 3);
    int at = 0;
    for (int i = 0; i < columns + 3; i++) {
      if (!ChangeColumns.contains(key, i)) {
        row.setField(at++, change.getField(i));
      }
    }
    return row;
  }

  @Override
  public ChangelogMode getChangelogMode(ChangelogContext context) {
    // Iceberg's sink takes whatever it is given, so Flink asks for all there is.
    return context.getRequiredChangelogMode().contains(RowKind.UPDATE_BEFORE)
        ? ChangelogMode.all()
        : ChangelogMode.upsert(false);
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory types) {
    LinkedHashMap<String, StateTypeStrategy> state = new LinkedHashMap<>();
    state.put(
        "latest",
        StateTypeStrategy.of(
            call -> call.getTableSemantics(0).map(table -> state(table.dataType()))));
    return TypeInference.newBuilder()
        .staticArguments(
            StaticArgument.table(
                CHANGES,
                Row.class,
                false,
                EnumSet.of(StaticArgumentTrait.TABLE, StaticArgumentTrait.SET_SEMANTIC_TABLE)))
        .stateTypeStrategies(state)
        .outputTypeStrategy(
            call ->
                call.getTableSemantics(0)
                    .map(
                        table -> ChangeColumns.latest(table.dataType(), table.partitionByColumns()))
                    .or(Optional::empty))
        .build();
  }

  /** A change without its last column; each may be null, as all are before the first change. */
  private static DataType state(DataType change) {
    List<DataType> types = change.getChildren();
    List<String> names = DataType.getFieldNames(change);
    DataTypes.Field[] fields = new DataTypes.Field[types.size() - 1];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = DataTypes.FIELD(names.get(i), types.get(i).nullable());
    }
    return DataTypes.ROW(fields);
  }
}
