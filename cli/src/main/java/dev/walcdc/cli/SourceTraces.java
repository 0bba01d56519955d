package dev.walcdc.cli;

import dev.walcdc.capture.resync.SignalTable;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** What the platform leaves in a source: slot, publication, and the tables it writes to. */
final class SourceTraces {

  /** Name of both, as the local pipeline uses them. */
  static final String NAME = "walcdc";

  private static final String DROP_TABLES =
      "DROP TABLE IF EXISTS %s, %s"
          .formatted(OwnTables.STANDARD.signal(), OwnTables.STANDARD.heartbeat());

  private static final Duration SLOT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  private SourceTraces() {}

  /**
   * Removes them, so that nothing holds the source's WAL any more.
   *
   * @throws CliException that says what is left, and the SQL to remove it
   */
  static void drop(SourceConnection source) {
    try {
      dropSlot(new SourceCatalog(source));
    } catch (SQLException e) {
      throw new CliException(
          "Slot and publication are still in %s: %s. Run there: SELECT pg_drop_replication_slot('%s'); DROP PUBLICATION %s;"
              .formatted(source, reason(e), NAME, NAME),
          e);
    }
    try {
      execute(source, "DROP PUBLICATION IF EXISTS " + NAME);
      execute(source, DROP_TABLES);
    } catch (SQLException e) {
      // The role that captures need not own them.
      throw new CliException(
          "Slot `%s` is gone from %s, and holds no WAL any more, but not all that goes with it: %s. Run there as its owner: DROP PUBLICATION IF EXISTS %s; %s;"
              .formatted(NAME, source, reason(e), NAME, DROP_TABLES),
          e);
    }
  }

  /** The server needs a moment to see that the reader of the slot has gone. */
  private static void dropSlot(SourceCatalog catalog) throws SQLException {
    long deadline = System.nanoTime() + SLOT_TIMEOUT.toNanos();
    Optional<SourceCatalog.Slot> slot = catalog.slot(NAME);
    while (slot.isPresent() && slot.get().activePid() != null && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
      slot = catalog.slot(NAME);
    }
    if (slot.isPresent()) {
      catalog.dropSlot(NAME);
    }
  }

  /** What to say of a source that does not answer. */
  static CliException unreachable(SourceConnection source, SQLException e) {
    return new CliException(
        "%s does not answer: %s. Check host, port, role and PGPASSWORD."
            .formatted(source, reason(e)),
        e);
  }

  private static String reason(SQLException e) {
    return e.getMessage().strip().replaceFirst("^(FATAL|ERROR): ", "");
  }

  /**
   * The embedded PostgreSQL is ours: what `down --drop` took away comes back with the next `up`.
   */
  static void restore(SourceConnection source) {
    try {
      execute(
          source,
          "CREATE TABLE IF NOT EXISTS %s (id int PRIMARY KEY, beat_at timestamptz NOT NULL)"
              .formatted(OwnTables.STANDARD.heartbeat()));
      execute(source, SignalTable.ddl(OwnTables.STANDARD.signal()));
      if (new SourceCatalog(source).publishedTables(NAME).isEmpty()) {
        execute(
            source,
            "CREATE PUBLICATION %s FOR ALL TABLES WITH (publish_via_partition_root = true)"
                .formatted(NAME));
      }
    } catch (SQLException e) {
      throw new CliException(
          "Publication and own tables cannot be made in %s: %s; look at the server's log."
              .formatted(source, reason(e)),
          e);
    }
  }

  private static void execute(SourceConnection source, String sql) throws SQLException {
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
