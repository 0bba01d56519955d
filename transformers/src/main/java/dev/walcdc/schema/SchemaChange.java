package dev.walcdc.schema;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What became of a table's columns between two of its schemas. A column is its attribute number:
 * another name under the same number is a rename, the same name under another number is another
 * column. Where a number is not known the name decides, and so it does between two tables of one
 * name, of which the second has numbers of its own. Pure and immutable.
 *
 * @param from the one schema
 * @param to the other; it need not be the later one
 * @param kept columns that are in both, in the order of {@code to}
 * @param added columns that only {@code to} has, in its order
 * @param dropped columns that only {@code from} has, in its order
 */
public record SchemaChange(
    TableSchema from, TableSchema to, List<Kept> kept, List<Column> added, List<Column> dropped) {

  private static final Set<Carrier> INTEGERS =
      EnumSet.of(Carrier.INT16, Carrier.INT32, Carrier.INT64);
  private static final Set<Carrier> FLOATS = EnumSet.of(Carrier.FLOAT32, Carrier.FLOAT64);

  /**
   * A column of both schemas.
   *
   * @param before what it is in the first
   * @param after what it is in the second
   */
  public record Kept(Column before, Column after) {

    /** Whether it has another name. */
    public boolean isRenamed() {
      return !before.name().equals(after.name());
    }

    /** Whether values of both have forms of one kind, so that one column may hold both. */
    public boolean isOneKind() {
      Carrier one = before.carrier();
      Carrier other = after.carrier();
      return one == other
          || (INTEGERS.contains(one) && INTEGERS.contains(other))
          || (FLOATS.contains(one) && FLOATS.contains(other));
    }
  }

  public SchemaChange {
    kept = List.copyOf(kept);
    added = List.copyOf(added);
    dropped = List.copyOf(dropped);
  }

  /** Compares two schemas of one table. */
  public static SchemaChange between(TableSchema from, TableSchema to) {
    boolean numbered = isOneTable(from, to);
    List<Column> left = new ArrayList<>(from.columns());
    Map<Column, Column> before = new HashMap<>();
    if (numbered) {
      for (Column column : to.columns()) {
        left.stream()
            .filter(c -> c.attnum() != 0 && c.attnum() == column.attnum())
            .findFirst()
            .ifPresent(c -> before.put(column, c));
      }
      left.removeAll(before.values());
    }
    List<Kept> kept = new ArrayList<>();
    List<Column> added = new ArrayList<>();
    for (Column column : to.columns()) {
      Column same = before.get(column);
      if (same == null) {
        same =
            left.stream()
                .filter(c -> c.name().equals(column.name()))
                .filter(c -> !numbered || c.attnum() == 0 || column.attnum() == 0)
                .findFirst()
                .orElse(null);
        left.remove(same);
      }
      if (same == null) {
        added.add(column);
      } else {
        kept.add(new Kept(same, column));
      }
    }
    return new SchemaChange(from, to, kept, added, left);
  }

  private static boolean isOneTable(TableSchema from, TableSchema to) {
    return from.origin() == null
        || to.origin() == null
        || from.origin().oid() == 0
        || to.origin().oid() == 0
        || from.origin().oid() == to.origin().oid();
  }

  /** Whether rows are identified by the same columns in the same order, whatever their names. */
  public boolean keepsKey() {
    Map<String, String> names = new HashMap<>();
    kept.forEach(column -> names.put(column.before().name(), column.after().name()));
    return from.key().stream().map(names::get).toList().equals(to.key());
  }
}
