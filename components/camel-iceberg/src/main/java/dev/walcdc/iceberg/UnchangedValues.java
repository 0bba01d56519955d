package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.ByteBuffers;

/**
 * Puts a row's present values where the source left them out because the change did not touch them.
 * The table holds exactly the changes before the batch, so its own row has them. One scan serves a
 * batch.
 */
final class UnchangedValues {

  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);

  private final Table table;
  private final TableSchema source;
  private final AppliedBefore applied;
  private final boolean filling;

  /**
   * @param filling whether the table's rows are still being read: an update of one that is not
   *     there is left out then, for the whole row is yet to come, with a higher version
   */
  UnchangedValues(Table table, TableSchema source, AppliedBefore applied, boolean filling) {
    this.table = table;
    this.source = source;
    this.applied = applied;
    this.filling = filling;
  }

  /**
   * The changes with every row complete. An update whose row is gone from the table is left out if
   * it is a replay: the deletion that follows it on the log was applied already.
   *
   * @throws RefusedChangeException if the table has no row to take a value from
   * @throws RefusedChangesException if that is so for several changes
   */
  List<RowChange> fill(List<RowChange> changes) {
    Set<Integer> missing = new LinkedHashSet<>();
    Map<List<Object>, Record> rows = new HashMap<>();
    for (RowChange change : changes) {
      if (!change.isDelete() && addMissing(change.row(), missing)) {
        rows.put(key(change.row()), null);
      }
    }
    if (missing.isEmpty()) {
      return changes;
    }
    if (source.hasKey()) {
      read(rows, missing);
    }
    List<RowChange> filled = new ArrayList<>(changes.size());
    List<RefusedChangeException> refused = new ArrayList<>();
    for (RowChange change : changes) {
      if (change.isDelete() || !addMissing(change.row(), new HashSet<>())) {
        filled.add(change);
        continue;
      }
      Record present = rows.get(key(change.row()));
      if (present != null) {
        filled.add(filled(change, present));
      } else if (!applied.isReplayedUpdate(change) && !(filling && change.isUpdateOnly())) {
        refused.add(refused(change));
      }
    }
    if (!refused.isEmpty()) {
      throw RefusedChangesException.of(refused);
    }
    return filled;
  }

  private RefusedChangeException refused(RowChange change) {
    return new RefusedChangeException(
        source.qualifiedName(),
        change,
        ("Change %s of table `%s` leaves out column `%s`, and the table in the lake has no row"
                + " with key %s to take its value from. Set REPLICA IDENTITY FULL on the table"
                + " and resync the row")
            .formatted(
                change.version(),
                source.qualifiedName(),
                source.columns().get(firstMissing(change.row())).name(),
                key(change.row())));
  }

  private static boolean addMissing(Object[] row, Set<Integer> missing) {
    boolean any = false;
    for (int i = 0; i < row.length; i++) {
      if (row[i] == Unchanged.TOAST) {
        missing.add(i);
        any = true;
      }
    }
    return any;
  }

  private static int firstMissing(Object[] row) {
    return Arrays.asList(row).indexOf(Unchanged.TOAST);
  }

  private RowChange filled(RowChange change, Record present) {
    Object[] row = change.row().clone();
    for (int i = 0; i < row.length; i++) {
      if (row[i] == Unchanged.TOAST) {
        Column column = source.columns().get(i);
        row[i] = carried(present.getField(column.name()), column.carrier());
      }
    }
    return change.withRow(row);
  }

  /** Only types that PostgreSQL stores out of line are ever left out. */
  private static Object carried(Object value, Carrier carrier) {
    return switch (carrier) {
      case TEXT, DECIMAL -> value;
      case BYTES -> value == null ? null : ByteBuffers.toByteArray((ByteBuffer) value);
      default -> Unchanged.TOAST;
    };
  }

  private void read(Map<List<Object>, Record> rows, Set<Integer> missing) {
    Set<String> columns = new LinkedHashSet<>(source.key());
    missing.forEach(index -> columns.add(source.columns().get(index).name()));
    Schema projection = table.schema().select(columns);
    Expression filter = keysAmong(rows.keySet());
    LiveRows live = new LiveRows(table, projection, filter);
    try (CloseableIterable<FileScanTask> tasks = table.newScan().filter(filter).planFiles()) {
      for (FileScanTask task : tasks) {
        try (CloseableIterable<Record> records = live.of(task)) {
          for (Record record : records) {
            List<Object> key = key(record);
            if (rows.containsKey(key)) {
              rows.put(key, record.copy());
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read table " + table.name(), e);
    }
  }

  private Expression keysAmong(Set<List<Object>> keys) {
    Expression all = Expressions.alwaysTrue();
    for (int i = 0; i < source.key().size(); i++) {
      int position = i;
      String name = source.key().get(i);
      Set<Object> values = new HashSet<>();
      keys.forEach(key -> values.add(key.get(position)));
      all = Expressions.and(all, Expressions.in(name, values.toArray()));
      if (isInteger(table.schema().findType(name))) {
        // Bounds of files are not held against a long list, but always against a range.
        long min = values.stream().mapToLong(value -> (Long) value).min().orElseThrow();
        long max = values.stream().mapToLong(value -> (Long) value).max().orElseThrow();
        all =
            Expressions.and(
                all,
                Expressions.greaterThanOrEqual(name, min),
                Expressions.lessThanOrEqual(name, max));
      }
    }
    return all;
  }

  private static boolean isInteger(Type type) {
    return type.typeId() == Type.TypeID.INTEGER || type.typeId() == Type.TypeID.LONG;
  }

  private List<Object> key(Object[] row) {
    List<Object> key = new ArrayList<>(source.key().size());
    for (int index : source.keyIndexes()) {
      key.add(comparable(row[index]));
    }
    return key;
  }

  private List<Object> key(Record record) {
    List<Object> key = new ArrayList<>(source.key().size());
    for (String name : source.key()) {
      Types.NestedField field = table.schema().findField(name);
      key.add(comparable(internal(record.getField(field.name()))));
    }
    return key;
  }

  /** Iceberg's generic form of a value as its internal form. */
  private static Object internal(Object value) {
    if (value instanceof LocalDate date) {
      return (int) date.toEpochDay();
    }
    if (value instanceof LocalDateTime time) {
      return ChronoUnit.MICROS.between(EPOCH, time);
    }
    if (value instanceof OffsetDateTime time) {
      return ChronoUnit.MICROS.between(EPOCH.atOffset(ZoneOffset.UTC), time);
    }
    return value;
  }

  /** Widths do not matter: a table may hold what a replayed schema calls an int as a long. */
  private static Object comparable(Object value) {
    if (value instanceof Integer number) {
      return number.longValue();
    }
    return value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value;
  }
}
