package dev.walcdc.bench;

import dev.walcdc.local.ConnectionSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The source table {@code app.ledger}, in PostgreSQL. */
final class Ledger implements AutoCloseable {

  /** Table's name with its schema. */
  static final String TABLE = "app.ledger";

  /** Row changes of one transaction: 60 inserts, 30 updates, 10 deletes. */
  static final int TRANSACTION = 100;

  /** Deletes of one transaction. */
  static final int DELETES = 10;

  /** Rows that are there before the workload, in the snapshot of a capture. */
  static final int FIRST_ROWS = 600;

  private static final int FETCH_ROWS = 10_000;

  private final ConnectionSettings.Postgres server;
  private final Connection connection;

  Ledger(ConnectionSettings.Postgres server) throws SQLException {
    this.server = server;
    this.connection = open();
  }

  Connection open() throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
  }

  /** Makes the table and its first rows. */
  void create(long seed) throws SQLException, IOException {
    try (InputStream sql = Ledger.class.getResourceAsStream("ledger.sql")) {
      execute(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
    }
    execute("CALL app.prepare_ledger(%d)".formatted(seed));
  }

  /** Writes the workload: this many row changes, in transactions of {@value #TRANSACTION}. */
  void write(long changes, long seed) throws SQLException {
    execute("SET synchronous_commit = off");
    execute("CALL app.write_ledger(%d, %d)".formatted(changes / TRANSACTION, seed));
    execute("SET synchronous_commit = on");
    execute("CHECKPOINT"); // Or it comes in the middle of the first measurement.
  }

  /** Makes a slot that keeps the WAL from here on. */
  void createSlot(String slot) throws SQLException {
    execute("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(slot));
  }

  void dropSlot(String slot) throws SQLException {
    execute("SELECT pg_drop_replication_slot('%s')".formatted(slot));
  }

  /** The server process that decodes for a slot; 0 when nobody reads it. */
  long walSender(String slot) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT coalesce(max(active_pid), 0) FROM pg_replication_slots WHERE slot_name = '%s'"
                    .formatted(slot))) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Reads all rows. */
  RowDigest digest() throws SQLException {
    RowDigest digest = new RowDigest();
    try (Connection reading = open();
        Statement statement = reading.createStatement()) {
      reading.setAutoCommit(false);
      statement.setFetchSize(FETCH_ROWS);
      try (ResultSet row =
          statement.executeQuery(
              "SELECT id, account, note, (extract(epoch FROM booked_at) * 1000000)::bigint, amount, details::text FROM "
                  + TABLE)) {
        while (row.next()) {
          digest.add(
              row.getLong(1),
              row.getString(2),
              row.getString(3),
              row.getLong(4),
              row.getBigDecimal(5),
              row.getString(6));
        }
      }
    }
    return digest;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
