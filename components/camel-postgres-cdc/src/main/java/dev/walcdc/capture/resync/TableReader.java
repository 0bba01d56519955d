package dev.walcdc.capture.resync;

import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.KeyCondition.Bound;
import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads rows of one table as PostgreSQL prints them, in a transaction that says which others it
 * sees. The table is locked before that is settled, because a rewritten table looks empty to a
 * transaction that began before. Used by one thread.
 */
public final class TableReader implements AutoCloseable {

  /** No DDL is to wait behind a reading, and no reading behind DDL. */
  private static final String SETTINGS =
      "SET lock_timeout = '1s'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = 0";

  /** Rows of one answer of the server: bounds what a row of many megabytes costs. */
  private static final int FETCH = 256;

  private final Connection connection;
  private ResultSet cursor;

  /**
   * Connects to the source.
   *
   * @param printing statements that say how values are printed
   */
  public TableReader(SourceConnection source, String... printing) throws SQLException {
    this.connection = source.openForText();
    try (Statement statement = connection.createStatement()) {
      statement.execute(SETTINGS);
      for (String setting : printing) {
        statement.execute(setting);
      }
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setReadOnly(true);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** Begins a transaction that sees one state of the table, and says which. */
  public TransactionSnapshot begin(TableName table) throws SQLException {
    connection.rollback();
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE %s IN ACCESS SHARE MODE".formatted(quoted(table)));
      return snapshot(statement);
    }
  }

  /**
   * Whether the transaction that has begun shows a table as it is defined here. To be asked of this
   * connection: another one would wait behind DDL that waits for this one's lock.
   */
  public boolean shows(TableName table, Definition definition) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT attrelid::bigint, %s
              FROM pg_attribute
             WHERE attrelid = ?::regclass AND attnum > 0
             GROUP BY attrelid
            """
                .formatted(Definition.ATTRIBUTES_DIGEST))) {
      statement.setString(1, quoted(table));
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            && row.getLong(1) == definition.oid()
            && row.getString(2).equals(definition.attributes());
      }
    }
  }

  /** Which transactions everybody sees now. */
  public TransactionSnapshot now() throws SQLException {
    connection.rollback();
    try (Statement statement = connection.createStatement()) {
      return snapshot(statement);
    } finally {
      connection.rollback();
    }
  }

  private static TransactionSnapshot snapshot(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT pg_current_snapshot()::text")) {
      row.next();
      return TransactionSnapshot.parse(row.getString(1));
    }
  }

  /** Roughly how many rows a table has; -1 if PostgreSQL never counted. Ends no transaction. */
  public long estimate(TableName table) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT coalesce(sum(greatest(reltuples, 0))::bigint, -1)
              FROM pg_class
             WHERE relkind = 'r' AND reltuples >= 0 AND oid IN
                   (SELECT relid FROM pg_partition_tree(?::regclass) UNION SELECT ?::regclass)
            """)) {
      statement.setString(1, quoted(table));
      statement.setString(2, quoted(table));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** Takes a row's values in the columns' order, null for NULL; says whether to go on. */
  @FunctionalInterface
  public interface RowTaker {
    boolean take(String[] values) throws SQLException;
  }

  /**
   * Reads rows in the order of the key, and ends the transaction.
   *
   * @param after key of the row to go on behind; null to begin
   * @return whether there may be more rows than were taken
   */
  public boolean readChunk(
      TableName table,
      Definition definition,
      KeyCondition where,
      List<String> after,
      int limit,
      RowTaker taker)
      throws SQLException {
    String key = names(definition.key());
    List<String> conditions = new ArrayList<>(conditions(table, definition, where));
    if (after != null) {
      conditions.add(
          "(%s) > (%s)"
              .formatted(key, after.stream().map(v -> "?").collect(Collectors.joining(", "))));
    }
    String sql =
        "SELECT %s FROM %s%s ORDER BY %s LIMIT %d"
            .formatted(columns(definition), from(table), whereClause(conditions), key, limit);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; after != null && i < after.size(); i++) {
        // Of no type of its own: PostgreSQL takes it for the column's.
        statement.setObject(i + 1, after.get(i), Types.OTHER);
      }
      statement.setFetchSize(Math.min(limit, FETCH));
      try (ResultSet rows = statement.executeQuery()) {
        int taken = 0;
        boolean more = true;
        while (more && rows.next()) {
          taken++;
          more = taker.take(values(rows, definition.columns().size()));
        }
        return !more || taken == limit;
      }
    } finally {
      connection.rollback();
    }
  }

  /** Opens a cursor over all rows; the transaction goes on until {@link #end}. */
  public void open(TableName table, Definition definition) throws SQLException {
    PreparedStatement statement =
        connection.prepareStatement(
            "SELECT %s FROM %s".formatted(columns(definition), from(table)));
    statement.setFetchSize(FETCH);
    statement.closeOnCompletion();
    cursor = statement.executeQuery();
  }

  /** The next row of the cursor; null at its end. */
  public String[] next() throws SQLException {
    return cursor.next() ? values(cursor, cursor.getMetaData().getColumnCount()) : null;
  }

  /** Ends the transaction. */
  public void end() throws SQLException {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
    connection.rollback();
  }

  private static String[] values(ResultSet row, int count) throws SQLException {
    String[] values = new String[count];
    for (int i = 0; i < count; i++) {
      values[i] = row.getString(i + 1);
    }
    return values;
  }

  private static List<String> conditions(
      TableName table, Definition definition, KeyCondition where) {
    TableSchema schema =
        new TableSchema(
            table.schema(), table.table(), definition.columns(), definition.key(), 1, 1);
    List<String> conditions = new ArrayList<>();
    List<Bound> bounds = where.bind(schema);
    for (int i = 0; i < bounds.size(); i++) {
      Bound bound = bounds.get(i);
      String constant = where.comparisons().get(i).constant().replace("'", "''");
      // Servers compare text byte by byte, whatever PostgreSQL sorts it by.
      String collation = bound.column().carrier() == Carrier.TEXT ? " COLLATE \"C\"" : "";
      conditions.add(
          "%s%s %s '%s'"
              .formatted(
                  quoted(bound.column().name()), collation, bound.operator().sql(), constant));
    }
    return conditions;
  }

  private static String whereClause(List<String> conditions) {
    return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
  }

  private static String columns(Definition definition) {
    return names(definition.columns().stream().map(Column::name).toList());
  }

  private static String names(List<String> columns) {
    return columns.stream().map(TableReader::quoted).collect(Collectors.joining(", "));
  }

  /** Rows of a partitioned table are in its partitions; a child that inherits is a table itself. */
  private String from(TableName table) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT relkind = 'p' FROM pg_class WHERE oid = ?::regclass")) {
      statement.setString(1, quoted(table));
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1) ? quoted(table) : "ONLY " + quoted(table);
      }
    }
  }

  private static String quoted(TableName table) {
    return quoted(table.schema()) + "." + quoted(table.table());
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
