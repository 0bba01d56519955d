package dev.walcdc.cli;

import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** What the platform leaves in a source: the replication slot and the publication. */
final class SourceTraces {

  /** Name of both, as the local pipeline uses them. */
  static final String NAME = "walcdc";

  /** The table that capture writes its heartbeat to. */
  static final String HEARTBEAT = "walcdc.heartbeat";

  private SourceTraces() {}

  /** Removes both, so that nothing holds the source's WAL any more. */
  static void drop(SourceConnection source) {
    try {
      SourceCatalog catalog = new SourceCatalog(source);
      if (catalog.slot(NAME).isPresent()) {
        catalog.dropSlot(NAME);
      }
      execute(source, "DROP PUBLICATION IF EXISTS " + NAME);
    } catch (SQLException e) {
      throw new CliException(
          "The slot and the publication are still in %s: %s. Run there: SELECT pg_drop_replication_slot('%s'); DROP PUBLICATION %s;"
              .formatted(source, e.getMessage(), NAME, NAME),
          e);
    }
  }

  /**
   * The embedded PostgreSQL is ours: what `down --drop` took away comes back with the next `up`.
   */
  static void restorePublication(SourceConnection source) {
    try {
      if (new SourceCatalog(source).publishedTables(NAME).isEmpty()) {
        execute(source, "CREATE PUBLICATION %s FOR ALL TABLES".formatted(NAME));
      }
    } catch (SQLException e) {
      throw new CliException(
          "The publication cannot be made in %s: %s".formatted(source, e.getMessage()), e);
    }
  }

  private static void execute(SourceConnection source, String sql) throws SQLException {
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
