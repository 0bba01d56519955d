package dev.walcdc.cli;

import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** What the platform leaves in a source: the replication slot and the publication. */
final class SourceTraces {

  /** Name of both, as the local pipeline uses them. */
  static final String NAME = "walcdc";

  /** The table that capture writes its heartbeat to. */
  static final String HEARTBEAT = "walcdc.heartbeat";

  private static final Duration SLOT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  private SourceTraces() {}

  /**
   * Removes both, so that nothing holds the source's WAL any more.
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
    } catch (SQLException e) {
      // The role that captures need not own it.
      throw new CliException(
          "Slot `%s` is gone from %s, and holds no WAL any more, but not the publication: %s. Run there as its owner: DROP PUBLICATION %s;"
              .formatted(NAME, source, reason(e), NAME),
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
  static void restorePublication(SourceConnection source) {
    try {
      if (new SourceCatalog(source).publishedTables(NAME).isEmpty()) {
        execute(
            source,
            "CREATE PUBLICATION %s FOR ALL TABLES WITH (publish_via_partition_root = true)"
                .formatted(NAME));
      }
    } catch (SQLException e) {
      throw new CliException(
          "The publication cannot be made in %s: %s; look at the server's log."
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
