package dev.walcdc.clickhouse;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.SchemaChange;
import dev.walcdc.schema.SchemaChange.Kept;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The next step of a table on its way from the schema that it follows to a later one. A step is one
 * ALTER TABLE, which ClickHouse makes as a whole, and its outcome follows a schema of its own: a
 * process that dies between two steps leaves a table from which the next one goes on. First dropped
 * columns go, then names are changed, then types, and columns are added. What rows that are there
 * hold afterwards and PostgreSQL does not stream, is read again on capture's request.
 */
final class SchemaEvolution {

  private static final String PASSING_NAME = "_walcdc_renamed_%d";

  private final TableLayout layout;
  private final TableSchema to;
  private final SchemaChange change;
  private final List<String> actions = new ArrayList<>();
  private final Map<String, ClickHouseType> columns;
  private TableSchema reached;

  private SchemaEvolution(TableLayout layout, TableSchema to) {
    this.layout = layout;
    this.to = to;
    this.change = SchemaChange.between(layout.applied(), to);
    this.columns = new HashMap<>(layout.columns());
    this.reached = layout.applied();
  }

  /**
   * Plans the next step to a later schema.
   *
   * @throws NotInPlaceException if there is no way to it for this table; nothing was changed then
   * @throws SchemaRefusedException if there is none for any table
   */
  static SchemaEvolution next(TableLayout layout, TableSchema to) {
    SchemaEvolution step = new SchemaEvolution(layout, to);
    step.requireWay();
    if (!step.drop() && !step.makeWay() && !step.rename()) {
      step.finish();
    }
    return step;
  }

  /** Actions of one ALTER TABLE; empty where only the view and the comment change. */
  List<String> actions() {
    return actions;
  }

  /** Whether it takes columns away, which the view should no longer show by then. */
  boolean drops() {
    return reached.columns().size() < layout.applied().columns().size();
  }

  /** The table after it. */
  TableLayout result() {
    return new TableLayout(layout.name(), reached, columns);
  }

  private void requireWay() {
    TableSchema from = layout.applied();
    if (!change.keepsKey()) {
      throw notInPlace("its primary key changed from %s to %s".formatted(from.key(), to.key()));
    }
    for (Kept column : change.kept()) {
      String before = column.before().name();
      boolean key = from.key().contains(before);
      ClickHouseType present = columns.get(before);
      Optional<ClickHouseType> wider = present == null ? Optional.empty() : wider(column, present);
      if (wider.isEmpty()) {
        String reason =
            "its column `%s` changed from %s to %s"
                .formatted(
                    column.after().name(),
                    shown(column.before().type()),
                    shown(column.after().type()));
        // If it is the same at the source, somebody has changed the table here by hand.
        throw column.before().type().equals(column.after().type())
            ? refused(reason)
            : notInPlace(reason);
      }
      if (key && column.isRenamed()) {
        throw notInPlace(
            "its key column `%s` was renamed to `%s`, and ClickHouse renames no key column"
                .formatted(before, column.after().name()));
      }
      if (key && !wider.get().equals(present)) {
        throw notInPlace(
            "its key column `%s` would change from %s to %s, and ClickHouse changes no key column"
                .formatted(before, present.sql(), wider.get().sql()));
      }
    }
    requireNamesFree();
  }

  private Optional<ClickHouseType> wider(Kept column, ClickHouseType present) {
    ClickHouseType wanted =
        ClickHouseType.of(column.after(), to.key().contains(column.after().name()));
    return column.isOneKind() ? present.union(wanted) : Optional.empty();
  }

  /** Columns that somebody else added to the table are left alone. */
  private void requireNamesFree() {
    Set<String> foreign = new HashSet<>(columns.keySet());
    layout.applied().columns().forEach(column -> foreign.remove(column.name()));
    for (Column column : to.columns()) {
      if (foreign.contains(column.name())) {
        throw refused(
            "its column `%s` has the name of one in ClickHouse that is none of the source's"
                .formatted(column.name()));
      }
    }
  }

  private boolean drop() {
    for (Column column : change.dropped()) {
      if (columns.remove(column.name()) != null) {
        actions.add(TableDdl.dropColumn(column.name()));
      }
    }
    Set<Column> dropped = Set.copyOf(change.dropped());
    reach(column -> dropped.contains(column) ? null : column);
    return !dropped.isEmpty();
  }

  /** Columns that swap their names, or hand them on, cannot do it all at once. */
  private boolean makeWay() {
    Set<String> wanted = new HashSet<>();
    change.kept().stream()
        .filter(Kept::isRenamed)
        .forEach(column -> wanted.add(column.after().name()));
    Map<Column, String> names = new HashMap<>();
    for (Kept column : change.kept()) {
      if (column.isRenamed() && wanted.contains(column.before().name())) {
        names.put(column.before(), PASSING_NAME.formatted(column.before().attnum()));
      }
    }
    return rename(names);
  }

  private boolean rename() {
    Map<Column, String> names = new HashMap<>();
    change.kept().stream()
        .filter(Kept::isRenamed)
        .forEach(column -> names.put(column.before(), column.after().name()));
    return rename(names);
  }

  private boolean rename(Map<Column, String> names) {
    names.forEach(
        (column, name) -> {
          actions.add(TableDdl.renameColumn(column.name(), name));
          columns.put(name, columns.remove(column.name()));
        });
    reach(
        column ->
            new Column(
                names.getOrDefault(column, column.name()),
                column.type(),
                column.nullable(),
                column.attnum()));
    return !names.isEmpty();
  }

  private void finish() {
    for (Kept column : change.kept()) {
      String name = column.after().name();
      ClickHouseType present = columns.get(name);
      ClickHouseType wider = wider(column, present).orElseThrow();
      if (!wider.equals(present)) {
        actions.add(TableDdl.modifyColumn(name, wider));
        columns.put(name, wider);
      }
    }
    for (Column column : change.added()) {
      // Rows that are there have no value for it until they are read again.
      ClickHouseType type = ClickHouseType.of(column, false).asNullable();
      actions.add(TableDdl.addColumn(column.name(), type));
      columns.put(column.name(), type);
    }
    reached = to;
  }

  /** The schema that is followed after the step; null for a column that goes. */
  private void reach(UnaryOperator<Column> step) {
    List<Column> next = new ArrayList<>();
    for (Column column : reached.columns()) {
      Column changed = step.apply(column);
      if (changed != null) {
        next.add(changed);
      }
    }
    reached =
        new TableSchema(
            reached.schema(),
            reached.table(),
            next,
            reached.key(),
            reached.epoch(),
            reached.sequence(),
            reached.origin());
  }

  private static String shown(PostgresType type) {
    if (type.length() < 0) {
      return type.name();
    }
    String scale = type.scale() < 0 ? "" : "," + type.scale();
    return type.name() + "(" + type.length() + scale + ")";
  }

  private NotInPlaceException notInPlace(String reason) {
    return new NotInPlaceException(to, reason, wayOut());
  }

  private SchemaRefusedException refused(String reason) {
    return new SchemaRefusedException(to, reason, wayOut());
  }

  private String wayOut() {
    return "Drop %s and its view in ClickHouse and resync the table".formatted(layout.name());
  }
}
