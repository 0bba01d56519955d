package dev.walcdc.clickhouse;

import dev.walcdc.change.ShadowState;
import dev.walcdc.schema.SchemaNumber;
import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes shadows, keeps their notes and has them take their table's place. The note is the comment
 * of a shadow's column {@code _is_deleted}: it comes into being with the table, goes with it, and
 * stays on it when it has got the other's name. Safe to share; one table is one thread's at a time.
 */
final class ShadowTables {

  private static final Logger LOG = LoggerFactory.getLogger(ShadowTables.class);
  private static final ClickHouseType STRING = ClickHouseType.of(ClickHouseType.Kind.STRING);

  /** How long a query may take from reading a view's text to opening the table that it names. */
  static final long OPENING_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A server drops no large table without being told so. */
  private static final Map<String, String> OF_ANY_SIZE = Map.of("max_table_size_to_drop", "0");

  private final ClickHouseServer server;

  ShadowTables(ClickHouseServer server) {
    this.server = server;
  }

  /** The note on a table; empty where it has none. */
  Optional<ShadowState> noteOf(TableName name) {
    List<Object[]> comments =
        server.query(
            "SELECT comment FROM system.columns WHERE database = %s AND table = %s AND name = %s"
                .formatted(
                    Sql.literal(name.database()),
                    Sql.literal(name.table()),
                    Sql.literal(ClickHouseConstants.DELETED_COLUMN)),
            List.of(STRING),
            Map.of());
    String comment = comments.isEmpty() ? "" : RowBinaryInput.text(comments.get(0)[0]);
    return comment.startsWith("{") ? Optional.of(ShadowState.parse(comment)) : Optional.empty();
  }

  /**
   * Makes the shadow of a table, empty, in place of one that was there.
   *
   * @param reason why the table cannot follow
   */
  TableLayout begin(TableName name, TableSchema schema, ShadowState state, String reason) {
    server.execute(TableDdl.createShadow(name.shadow(), schema, state));
    LOG.info(
        "Table {} is made anew as {}, for `{}` is at {} and {}. Readers keep what there is until capture has read all rows again; if it does not, resync the table",
        name,
        name.shadow(),
        schema.qualifiedName(),
        state.founded(),
        reason);
    return TableLayout.of(name.shadow(), schema);
  }

  /** Writes the note on a table's shadow. */
  void note(TableName name, ShadowState state) {
    server.execute(TableDdl.note(name.shadow(), state));
  }

  /**
   * Has the shadow, whose note says that it is whole, take its table's place. At each moment the
   * view shows either all of the old table or all of the new one: while the two exchange their
   * names, it reads a copy. A query takes a view's text first and opens the table that it names
   * after that, so one that took the old text must have opened the old table before the names
   * change: with the old text ClickHouse would read the new table's values as NULL.
   *
   * <p>A process that dies before the exchange has the next one begin here again, one that dies
   * after it has it begin with {@link #tidy}.
   *
   * @return the table under its own name
   */
  TableLayout exchange(TableName name, TableLayout shadow) {
    server.execute(TableDdl.cloneTable(name.passing(), shadow.name()));
    server.execute(TableDdl.createView(name.currentView(), name.passing(), shadow.applied()));
    awaitReaders();
    server.execute(TableDdl.exchange(name, shadow.name()));
    TableLayout made = new TableLayout(name, shadow.applied(), shadow.columns());
    tidy(made);
    // Its copy stays for a while: a reader may be about to open what the view named just now.
    LOG.info(
        "Table {} was made anew and is at {} of its source", name, SchemaNumber.of(made.applied()));
    return made;
  }

  private static void awaitReaders() {
    try {
      TimeUnit.NANOSECONDS.sleep(OPENING_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClickHouseException("Interrupted while readers open their tables.", e);
    }
  }

  /** What is left to do once the names are exchanged: the old table goes. */
  void tidy(TableLayout made) {
    TableName name = made.name();
    server.execute(TableDdl.createView(name, made.applied()));
    server.execute(TableDdl.dropTable(name.shadow()), OF_ANY_SIZE);
  }

  /** Drops the copy that the view has read, if it is there. */
  void dropPassing(TableName name) {
    server.execute(TableDdl.dropTable(name.passing()), OF_ANY_SIZE);
  }
}
