package dev.walcdc.clickhouse;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ShadowState;
import dev.walcdc.schema.SchemaNumber;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the tables in ClickHouse, makes those that are missing and lets them follow their source.
 * Safe to share; a slow change of one table does not hold up others.
 */
final class TableCatalog {

  private static final Logger LOG = LoggerFactory.getLogger(TableCatalog.class);

  private static final ClickHouseType STRING = ClickHouseType.of(ClickHouseType.Kind.STRING);
  private static final ClickHouseType BOOL = ClickHouseType.of(ClickHouseType.Kind.BOOL);
  private static final Set<String> RESERVED_DATABASES =
      Set.of("system", "information_schema", ClickHouseConstants.OWN_DATABASE);
  private static final String ENGINE_FAMILY = "ReplacingMergeTree";

  /** How its arguments end; a replicated one has others before. */
  private static final String ENGINE_ARGUMENTS =
      ClickHouseConstants.VERSION_COLUMN + ", " + ClickHouseConstants.DELETED_COLUMN + ")";

  private final ClickHouseServer server;
  private final String database;
  private final ShadowTables shadows;
  private final Map<TableName, Entry> entries = new ConcurrentHashMap<>();

  /**
   * What is known of one table. Its monitor guards this and the statements that change the table.
   * The note of the table is null where it never was a shadow; shadow and progress are null where
   * there is none.
   */
  private static final class Entry {
    TableLayout table;
    ShadowState made;
    TableLayout shadow;
    ShadowState progress;

    /** When the copy goes that the view has read; 0 where there is none. */
    long dropPassingNanos;
  }

  /**
   * Where changes go.
   *
   * @param shadow whether it is a table that is only being made: rows that it does not have are
   *     still to come
   */
  record Target(TableLayout layout, boolean shadow) {}

  /**
   * @param database the database of every table, or {@link ClickHouseConstants#DATABASE_PER_SCHEMA}
   */
  TableCatalog(ClickHouseServer server, String database) {
    this.server = server;
    this.database = database;
    this.shadows = new ShadowTables(server);
  }

  /** Where a source's table is kept. */
  TableName nameOf(TableSchema schema) {
    boolean perSchema = database.equals(ClickHouseConstants.DATABASE_PER_SCHEMA);
    return new TableName(perSchema ? schema.schema() : database, schema.table());
  }

  /**
   * Where changes of this schema go: a table that exists when this returns and follows this schema
   * or a later one. Empty where they have no effect: what they did is read again under a later
   * definition, for which the table was, or is being, made anew.
   *
   * @throws SchemaRefusedException if the table cannot be made or cannot follow
   */
  Optional<Target> targetFor(TableSchema schema) {
    Entry entry = entries.computeIfAbsent(nameOf(schema), name -> new Entry());
    synchronized (entry) {
      if (entry.table == null) {
        open(entry, nameOf(schema), schema);
      }
      if (entry.dropPassingNanos != 0 && System.nanoTime() - entry.dropPassingNanos > 0) {
        shadows.dropPassing(entry.table.name());
        entry.dropPassingNanos = 0;
      }
      if (entry.shadow != null && !entry.progress.isOfOldTable(schema)) {
        return entry.progress.isOfShadow(schema)
            ? Optional.of(new Target(shadowFor(entry, schema), true))
            : Optional.empty();
      }
      if (entry.made != null && !entry.made.isOfShadow(schema)) {
        return Optional.empty();
      }
      return tableFor(entry, schema);
    }
  }

  /**
   * Notes that a batch is in the shadow that {@link #targetFor} named, and has the shadow take the
   * table's place once that made it whole.
   */
  void applied(ChangeBatch batch) {
    TableName name = nameOf(batch.schema());
    Entry entry = entries.computeIfAbsent(name, n -> new Entry());
    synchronized (entry) {
      if (entry.shadow == null) {
        return;
      }
      ShadowState next = entry.progress.after(batch);
      if (next != entry.progress) {
        shadows.note(name, next);
        entry.progress = next;
      }
      if (next.whole()) {
        exchange(entry);
      }
    }
  }

  private void exchange(Entry entry) {
    entry.table = shadows.exchange(entry.table.name(), entry.shadow);
    entry.made = entry.progress;
    entry.shadow = null;
    entry.progress = null;
    entry.dropPassingNanos = soon();
  }

  private static long soon() {
    return System.nanoTime() + ShadowTables.OPENING_NANOS;
  }

  private Optional<Target> tableFor(Entry entry, TableSchema schema) {
    if (!follows(entry.table, schema)) {
      try {
        entry.table = evolve(entry.table, schema, true);
      } catch (NotInPlaceException e) {
        if (entry.shadow != null) {
          return Optional.empty(); // The shadow is of a later definition than this one.
        }
        if (!ShadowState.isPossible(schema, entry.table.applied())) {
          throw e;
        }
        begin(entry, schema, ShadowState.begin(schema), e);
        return Optional.of(new Target(entry.shadow, true));
      }
    }
    return Optional.of(new Target(entry.table, false));
  }

  private TableLayout shadowFor(Entry entry, TableSchema schema) {
    if (!follows(entry.shadow, schema)) {
      try {
        entry.shadow = evolve(entry.shadow, schema, false);
      } catch (NotInPlaceException e) {
        if (!ShadowState.isPossible(schema, entry.shadow.applied())) {
          throw e;
        }
        begin(entry, schema, entry.progress.beginAgain(schema), e);
      }
    }
    return entry.shadow;
  }

  private void begin(
      Entry entry, TableSchema schema, ShadowState state, NotInPlaceException cause) {
    requireNamesFree(schema);
    entry.shadow = shadows.begin(entry.table.name(), schema, state, cause.reason());
    entry.progress = state;
  }

  /** Makes the catalog look at the table again, because something else may have changed it. */
  void forget(TableName name) {
    entries.remove(name);
  }

  /**
   * A schema that is older than the table never changes it. One that is newer and looks the same is
   * noted, so that those in between count as older.
   */
  private static boolean follows(TableLayout layout, TableSchema schema) {
    int age = SchemaNumber.of(schema).compareTo(SchemaNumber.of(layout.applied()));
    return age < 0 || (age == 0 && layout.applied().sameShape(schema));
  }

  private TableLayout evolve(TableLayout layout, TableSchema schema, boolean hasView) {
    requireSameSource(layout, schema);
    requireNamesFree(schema);
    TableLayout reached = layout;
    while (!follows(reached, schema)) {
      SchemaEvolution step = SchemaEvolution.next(reached, schema);
      reached = step.result();
      if (hasView && step.drops()) {
        server.execute(TableDdl.createView(layout.name(), reached.applied()));
      }
      server.execute(TableDdl.alterTable(layout.name(), step.actions(), reached.applied()));
      if (hasView) {
        server.execute(TableDdl.createView(layout.name(), reached.applied()));
      }
      LOG.info(
          "Table {} on its way to sequence {} of its source: {}",
          layout.name(),
          schema.sequence(),
          step.actions());
    }
    return reached;
  }

  /** Whatever a process before left half done is finished. */
  private void open(Entry entry, TableName name, TableSchema schema) {
    TableLayout table = loadOrCreate(name, schema);
    entry.made = shadows.noteOf(name).orElse(null);
    entry.dropPassingNanos = entry.made == null ? 0 : soon();
    entry.shadow = load(name.shadow(), schema).orElse(null);
    entry.progress = entry.shadow == null ? null : shadows.noteOf(name.shadow()).orElse(null);
    entry.table = table;
    if (entry.shadow == null) {
      // Made anew even if it is there: a process may have died between the table and its view.
      server.execute(TableDdl.createView(name, table.applied()));
    } else if (isLeftOver(entry)) {
      shadows.tidy(table);
      entry.shadow = null;
      entry.progress = null;
    } else if (entry.progress.whole()) {
      exchange(entry);
    } else {
      server.execute(TableDdl.createView(name, table.applied()));
    }
  }

  /** Whether what has the shadow's name is the old table, which the new one has replaced. */
  private static boolean isLeftOver(Entry entry) {
    return entry.progress == null
        || !entry.progress.founded().isAfter(SchemaNumber.of(entry.table.applied()));
  }

  private TableLayout loadOrCreate(TableName name, TableSchema schema) {
    requireNamesFree(schema);
    if (name.isReserved()) {
      throw new SchemaRefusedException(
          schema,
          "%s is a name for tables that are being made anew".formatted(name),
          "Rename it at the source, or leave it out of the publication");
    }
    if (RESERVED_DATABASES.contains(name.database().toLowerCase(Locale.ROOT))) {
      throw new SchemaRefusedException(
          schema,
          "ClickHouse's database `%s` is not for tables of a source".formatted(name.database()),
          "Give the endpoint a database of its own in place of `*`");
    }
    requireViewFree(name, schema);
    Optional<TableLayout> found = load(name, schema);
    TableLayout layout = found.isPresent() ? found.get() : create(name, schema);
    requireSameSource(layout, schema);
    return layout;
  }

  private TableLayout create(TableName name, TableSchema schema) {
    server.execute(TableDdl.createDatabase(name.database()));
    server.execute(TableDdl.createTable(name, schema));
    // Read back, because another process may have been first.
    TableLayout layout =
        load(name, schema)
            .orElseThrow(
                () ->
                    new SchemaRefusedException(
                        schema,
                        "%s was dropped while it was made".formatted(name),
                        "Look for who else changes it"));
    LOG.info("Created {} for {}", name, schema.qualifiedName());
    return layout;
  }

  private Optional<TableLayout> load(TableName name, TableSchema schema) {
    List<Object[]> tables =
        server.query(
            "SELECT engine, comment, engine_full, partition_key FROM system.tables WHERE database = %s AND name = %s"
                .formatted(Sql.literal(name.database()), Sql.literal(name.table())),
            List.of(STRING, STRING, STRING, STRING),
            Map.of());
    if (tables.isEmpty()) {
      return Optional.empty();
    }
    String engine = RowBinaryInput.text(tables.get(0)[0]);
    if (!engine.endsWith(ENGINE_FAMILY)) {
      throw new SchemaRefusedException(
          schema,
          "%s is there already, as a %s".formatted(name, engine),
          "Rename or drop it, or give the endpoint another database");
    }
    String definition = RowBinaryInput.text(tables.get(0)[2]);
    String partitions = RowBinaryInput.text(tables.get(0)[3]);
    if (!definition.contains(ENGINE_ARGUMENTS) || !partitions.isEmpty()) {
      throw new SchemaRefusedException(
          schema,
          "%s is there already, and does not keep the last version of each row: its engine is %s"
              .formatted(name, definition),
          "It takes an engine with `%s` at the end of its arguments and no PARTITION BY: drop it in ClickHouse and resync the table"
              .formatted(ENGINE_ARGUMENTS));
    }
    TableSchema applied = appliedSchema(RowBinaryInput.text(tables.get(0)[1]), name, schema);
    return Optional.of(new TableLayout(name, applied, loadColumns(name, applied)));
  }

  private Map<String, ClickHouseType> loadColumns(TableName name, TableSchema schema) {
    Map<String, String> missing = new HashMap<>(TableDdl.ownColumns(schema));
    Set<String> identity = new HashSet<>();
    Map<String, ClickHouseType> columns = new HashMap<>();
    for (Object[] row :
        server.query(
            "SELECT name, type, is_in_sorting_key = 1 FROM system.columns WHERE database = %s AND table = %s"
                .formatted(Sql.literal(name.database()), Sql.literal(name.table())),
            List.of(STRING, STRING, BOOL),
            Map.of())) {
      String column = RowBinaryInput.text(row[0]);
      String type = RowBinaryInput.text(row[1]);
      if ((Boolean) row[2]) {
        identity.add(column);
      }
      if (!missing.remove(column, type)) {
        ClickHouseType.parse(type).ifPresent(known -> columns.put(column, known));
      }
    }
    if (!missing.isEmpty() || !identity.equals(Set.copyOf(TableDdl.identity(schema)))) {
      throw new SchemaRefusedException(
          schema,
          "%s is there already, without the columns %s or sorted by %s"
              .formatted(name, TableDdl.ownColumns(schema).keySet(), identity),
          "Drop %s in ClickHouse and resync the table".formatted(name));
    }
    return columns;
  }

  /** A table whose comment is not ours was made by hand: it is taken for what the batch says. */
  private static TableSchema appliedSchema(String comment, TableName name, TableSchema schema) {
    try {
      return TableSchema.fromJson(comment.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      LOG.warn("{} was not made by this component: it is taken for up to date", name);
      return schema;
    }
  }

  private static void requireSameSource(TableLayout layout, TableSchema schema) {
    if (!layout.applied().qualifiedName().equals(schema.qualifiedName())) {
      throw new SchemaRefusedException(
          schema,
          "%s holds the rows of `%s`".formatted(layout.name(), layout.applied().qualifiedName()),
          "Use the path `*`, which keeps each PostgreSQL schema in a database of its own");
    }
  }

  private static void requireNamesFree(TableSchema schema) {
    for (String own : TableDdl.ownColumns(schema).keySet()) {
      if (schema.columns().stream().anyMatch(column -> column.name().equals(own))) {
        throw new SchemaRefusedException(
            schema,
            "its column `%s` has the name of one that the sink adds".formatted(own),
            "Rename it at the source, or leave it out of the publication");
      }
    }
  }

  /** Replacing a view would silently drop a table of that name. */
  private void requireViewFree(TableName name, TableSchema schema) {
    TableName view = name.currentView();
    List<Object[]> found =
        server.query(
            "SELECT engine FROM system.tables WHERE database = %s AND name = %s"
                .formatted(Sql.literal(view.database()), Sql.literal(view.table())),
            List.of(STRING),
            Map.of());
    if (!found.isEmpty() && !RowBinaryInput.text(found.get(0)[0]).equals("View")) {
      throw new SchemaRefusedException(
          schema,
          "its view would be %s, and that is a table".formatted(view),
          "Rename one of the two at the source, or leave it out of the publication");
    }
  }
}
