package dev.walcdc.capture.resync;

import dev.walcdc.capture.source.SourceConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Writes to the signal table. A signal is a row that is inserted and deleted in one transaction: it
 * comes by the stream once and leaves nothing behind.
 */
public final class SignalTable {

  private final SourceConnection source;
  private final String name;

  /**
   * @param name the table with its schema, unquoted
   */
  public SignalTable(SourceConnection source, String name) {
    this.source = source;
    this.name = name;
  }

  /** SQL that makes such a table. */
  public static String ddl(String name) {
    return "CREATE TABLE IF NOT EXISTS %s (id text PRIMARY KEY, kind text NOT NULL, body text NOT NULL)"
        .formatted(name);
  }

  /** Sends a signal by a connection of its own. */
  public void send(Signal signal) throws SQLException {
    try (Connection connection = source.open()) {
      send(signal, connection);
    }
  }

  /** Sends a signal by a connection that is in no transaction. */
  void send(Signal signal, Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement setting = connection.createStatement();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO %s (id, kind, body) VALUES (?, ?, ?)".formatted(name));
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM %s WHERE id = ?".formatted(name))) {
      // A standby that is away must not hold up whoever signals: the stream does not wait for it.
      setting.execute("SET LOCAL synchronous_commit = local");
      insert.setString(1, signal.id());
      insert.setString(2, signal.kind());
      insert.setString(3, signal.body());
      insert.executeUpdate();
      delete.setString(1, signal.id());
      delete.executeUpdate();
      connection.commit();
    } finally {
      if (!connection.isClosed()) {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
  }
}
