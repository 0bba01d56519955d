package dev.walcdc.verify;

import dev.walcdc.capture.resync.TransactionSnapshot;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.postgresql.replication.LogSequenceNumber;

/**
 * One table at one moment: a transaction that goes on seeing the same rows, and knows which
 * transactions made them. The table cannot be redefined meanwhile. For one thread; the server keeps
 * old row versions until it is closed.
 */
final class SourceMoment implements MomentRows, AutoCloseable {

  /** The lock first: a table that was rewritten looks empty to a snapshot from before. */
  private static final String SETTINGS =
      "SET lock_timeout = '10s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

  private final PostgresRows postgres;
  private final Connection connection;
  private final TablePlan plan;
  private final String snapshotText;
  private final TransactionSnapshot snapshot;
  private final String lsnText;
  private long rowsRead;

  private SourceMoment(
      PostgresRows postgres,
      Connection connection,
      TablePlan plan,
      String snapshotText,
      String lsnText) {
    this.postgres = postgres;
    this.connection = connection;
    this.plan = plan;
    this.snapshotText = snapshotText;
    this.snapshot = TransactionSnapshot.parse(snapshotText);
    this.lsnText = lsnText;
  }

  /** Begins now. */
  static SourceMoment open(PostgresRows postgres, TableName table) {
    try {
      Connection connection = postgres.open();
      try (Statement statement = connection.createStatement()) {
        statement.execute(SETTINGS);
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setReadOnly(true);
        statement.execute(
            "LOCK TABLE %s.%s IN ACCESS SHARE MODE"
                .formatted(Names.postgres(table.schema()), Names.postgres(table.table())));
        // Of what was inserted, not only written: a commit that nobody waits for may be seen before
        // it is written.
        try (ResultSet row =
            statement.executeQuery(
                "SELECT pg_current_snapshot()::text, pg_current_wal_insert_lsn()::text")) {
          row.next();
          return new SourceMoment(
              postgres, connection, postgres.plan(table), row.getString(1), row.getString(2));
        }
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw postgres.failed(table, e);
    }
  }

  @Override
  public TablePlan plan() {
    return plan;
  }

  /** Which transactions' rows it shows. */
  TransactionSnapshot snapshot() {
    return snapshot;
  }

  /** The same as PostgreSQL prints it. */
  String snapshotText() {
    return snapshotText;
  }

  /** Every transaction whose rows it shows has its COMMIT before this LSN. */
  long lsn() {
    return LogSequenceNumber.valueOf(lsnText).asLong();
  }

  /** The same as PostgreSQL prints it. */
  String lsnText() {
    return lsnText;
  }

  /** Transactions that were in progress at an earlier moment and are so at this one. */
  Set<Long> openSince(TransactionSnapshot earlier) {
    Set<Long> open = new HashSet<>(snapshot.inProgress());
    open.retainAll(earlier.inProgress());
    return open;
  }

  @Override
  public long scan(int columns, RowVisitor visitor) {
    try {
      long rows = PostgresRows.scan(connection, plan, columns, visitor);
      rowsRead += rows;
      return rows;
    } catch (SQLException | IOException e) {
      throw postgres.failed(plan.table(), e);
    }
  }

  @Override
  public void find(Collection<RowKey> keys, RowVisitor visitor) {
    try {
      PostgresRows.find(
          connection,
          plan,
          keys,
          row -> {
            rowsRead++;
            visitor.row(row);
          });
    } catch (SQLException e) {
      throw postgres.failed(plan.table(), e);
    }
  }

  /** Rows that PostgreSQL was made to send so far. */
  long rowsRead() {
    return rowsRead;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw postgres.failed(plan.table(), e);
    }
  }
}
