package dev.walcdc.clickhouse;

import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What it takes to bring a table from the schema that it follows to a later one. Done are the
 * changes that leave every row in ClickHouse what it is at the source; anything else is refused,
 * because PostgreSQL does not stream the rows that such a change rewrites.
 */
final class SchemaEvolution {

  /** Types of which one becomes the other without a change of any value. */
  private static final Set<String> PLAIN_TEXT = Set.of("text", "varchar");

  private final TableLayout layout;
  private final TableSchema from;
  private final TableSchema to;
  private final List<String> actions = new ArrayList<>();
  private final Map<String, ClickHouseType> columns;

  private SchemaEvolution(TableLayout layout, TableSchema to) {
    this.layout = layout;
    this.from = layout.applied();
    this.to = to;
    this.columns = new HashMap<>(layout.columns());
  }

  /**
   * Plans the way to a later schema.
   *
   * @throws SchemaRefusedException if there is none
   */
  static SchemaEvolution of(TableLayout layout, TableSchema to) {
    SchemaEvolution evolution = new SchemaEvolution(layout, to);
    evolution.plan();
    return evolution;
  }

  /** Actions of one ALTER TABLE; empty where only the view and the comment change. */
  List<String> actions() {
    return actions;
  }

  /** The table after it. */
  TableLayout result() {
    return new TableLayout(layout.name(), to, columns);
  }

  private void plan() {
    if (!from.key().equals(to.key())) {
      throw refused("its primary key changed from %s to %s".formatted(from.key(), to.key()));
    }
    Map<String, Column> before = new HashMap<>();
    from.columns().forEach(column -> before.put(column.name(), column));
    for (Column column : to.columns()) {
      refuseRename(column);
      Column old = before.remove(column.name());
      if (old == null) {
        add(column);
      } else {
        change(old, column);
      }
    }
    before.keySet().forEach(this::keep);
  }

  private void refuseRename(Column column) {
    for (Column old : from.columns()) {
      boolean same = old.name().equals(column.name());
      boolean known = column.attnum() != 0 && old.attnum() != 0;
      if (known && !same && old.attnum() == column.attnum()) {
        throw refused("its column `%s` was renamed to `%s`".formatted(old.name(), column.name()));
      }
      if (known && same && old.attnum() != column.attnum()) {
        throw refused("its column `%s` was dropped and added anew".formatted(column.name()));
      }
    }
  }

  private void add(Column column) {
    if (columns.containsKey(column.name())) {
      throw refused(
          "its new column `%s` has the name of one that was dropped, whose values ClickHouse keeps"
              .formatted(column.name()));
    }
    if (!column.nullable()) {
      throw refused(
          "its new column `%s` is NOT NULL, and what the rows that were there hold in it is not"
                  .formatted(column.name())
              + " streamed");
    }
    ClickHouseType type = ClickHouseType.of(column, false);
    actions.add(TableDdl.addColumn(column.name(), type));
    columns.put(column.name(), type);
  }

  private void change(Column old, Column column) {
    ClickHouseType wanted = ClickHouseType.of(column, to.key().contains(column.name()));
    ClickHouseType present = columns.get(column.name());
    if (present == null || !keepsValues(old.type(), column.type())) {
      throw refused(
          "its column `%s` changed from %s to %s"
              .formatted(column.name(), shown(old.type()), shown(column.type())));
    }
    ClickHouseType wider = present.holds(wanted) ? present : wanted;
    if (wanted.nullable() || present.nullable()) {
      wider = wider.asNullable();
    }
    modify(column.name(), present, wider);
  }

  /** The source dropped it; the past stays readable, and rows from now on have none. */
  private void keep(String dropped) {
    ClickHouseType present = columns.get(dropped);
    if (present != null) {
      modify(dropped, present, present.asNullable());
    }
  }

  private void modify(String column, ClickHouseType present, ClickHouseType wider) {
    if (wider.equals(present)) {
      return;
    }
    if (to.key().contains(column)) {
      throw refused(
          "its key column `%s` would change from %s to %s, and ClickHouse changes no key column"
              .formatted(column, present.sql(), wider.sql()));
    }
    actions.add(TableDdl.modifyColumn(column, wider));
    columns.put(column, wider);
  }

  private static boolean keepsValues(PostgresType old, PostgresType next) {
    return old.equals(next)
        || (isInteger(old) && isInteger(next))
        || (PLAIN_TEXT.contains(old.name()) && PLAIN_TEXT.contains(next.name()));
  }

  private static boolean isInteger(PostgresType type) {
    Carrier carrier = type.carrier();
    return carrier == Carrier.INT16 || carrier == Carrier.INT32 || carrier == Carrier.INT64;
  }

  private static String shown(PostgresType type) {
    if (type.length() < 0) {
      return type.name();
    }
    String scale = type.scale() < 0 ? "" : "," + type.scale();
    return type.name() + "(" + type.length() + scale + ")";
  }

  private SchemaRefusedException refused(String reason) {
    return new SchemaRefusedException(
        to,
        reason,
        "Drop %s and its view in ClickHouse and resync the table".formatted(layout.name()));
  }
}
