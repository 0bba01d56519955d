package dev.walcdc.verify;

import dev.walcdc.capture.resync.TransactionSnapshot;
import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.schema.Column;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Reads the source. */
final class PostgresRows implements SourceRows {

  /** Types of text that a text can be looked up in by an index. */
  private static final Set<String> WORDS = Set.of("text", "varchar", "bpchar", "citext", "name");

  /** How values are printed, whatever is set for the database, the role or this machine. */
  private static final List<String> PRINTING =
      List.of(
          "DateStyle = 'ISO'",
          "IntervalStyle = 'postgres'",
          "TimeZone = 'UTC'",
          "extra_float_digits = 1",
          "bytea_output = 'hex'",
          "lc_monetary = 'C'",
          "quote_all_identifiers = off",
          "search_path = 'pg_catalog'");

  /** A transaction that was prepared is committed after that, whoever began it, and when. */
  private static final String BEGUN =
      """
      SELECT backend_xid::text::bigint, xact_start FROM pg_stat_activity WHERE backend_xid IS NOT NULL
      UNION ALL
      SELECT transaction::text::bigint, prepared FROM pg_prepared_xacts
      """;

  /** Views show the lower half of a transaction's full id. */
  private static final long LOWER = 0xFFFF_FFFFL;

  private static final int KEYS_A_QUERY = 1_000;
  private static final int FETCH_ROWS = 100;
  private static final int COPY_FLAGS = 15;
  private static final int COPY_HEADER = 19;
  private static final int COPY_TRAILER = -1;

  private final SourceConnection source;
  private final SourceCatalog catalog;

  PostgresRows(SourceConnection source) {
    this.source = source;
    this.catalog = new SourceCatalog(source);
  }

  /** A connection that prints alike everywhere, and whose reads end if the server falls silent. */
  Connection open() throws SQLException {
    Connection connection = source.open();
    try (Statement statement = connection.createStatement()) {
      connection.setNetworkTimeout(
          Runnable::run, Math.toIntExact(Patience.LONGEST_SILENCE.toMillis()));
      for (String setting : PRINTING) {
        statement.execute("SET " + setting);
      }
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** Which transactions everybody sees now. */
  TransactionSnapshot snapshot() {
    try (Connection connection = open();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_current_snapshot()::text")) {
      row.next();
      return TransactionSnapshot.parse(row.getString(1));
    } catch (SQLException e) {
      throw unreachable(e);
    }
  }

  /**
   * A time before which none of these transactions was committed, by the server's clock; empty if
   * it is not known of all of them, as of others' sessions where the role may not look at them.
   */
  Optional<Instant> begunAt(Set<Long> transactions) {
    Set<Long> unknown = new HashSet<>();
    transactions.forEach(xid -> unknown.add(xid & LOWER));
    Instant earliest = Instant.MAX;
    try (Connection connection = open();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(BEGUN)) {
      while (rows.next()) {
        Timestamp begun = rows.getTimestamp(2);
        if (unknown.contains(rows.getLong(1)) && begun != null) {
          unknown.remove(rows.getLong(1));
          earliest = begun.toInstant().isBefore(earliest) ? begun.toInstant() : earliest;
        }
      }
    } catch (SQLException e) {
      throw unreachable(e);
    }
    return unknown.isEmpty() ? Optional.of(earliest) : Optional.empty();
  }

  private VerifyException unreachable(SQLException e) {
    return new VerifyException(
        "%s does not say which transactions are in progress: %s. Check that PostgreSQL runs there and accepts role `%s`"
            .formatted(source, e.getMessage(), source.user()),
        e);
  }

  /** Looks at the table's definition. */
  TablePlan plan(TableName table) {
    try {
      Definition definition =
          catalog
              .definition(table)
              .orElseThrow(
                  () ->
                      new VerifyException(
                          "Table %s is not in database `%s` of the source: check its name, or take it off the list"
                              .formatted(table, source.database())));
      Map<String, String> declared = new HashMap<>();
      try (Connection connection = open()) {
        readDeclarations(connection, table, declared);
        return plan(connection, table, definition, declared);
      }
    } catch (SQLException e) {
      throw failed(table, e);
    }
  }

  private static void readDeclarations(
      Connection connection, TableName table, Map<String, String> declared) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT a.attname, format_type(a.atttypid, -1)
              FROM pg_attribute a
              JOIN pg_class c ON c.oid = a.attrelid
              JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = ? AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped
            """)) {
      statement.setString(1, table.schema());
      statement.setString(2, table.table());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          declared.put(rows.getString(1), rows.getString(2));
        }
      }
    }
  }

  private static TablePlan plan(
      Connection connection, TableName table, Definition definition, Map<String, String> declared)
      throws SQLException {
    Map<String, Column> byName = new HashMap<>();
    definition.columns().forEach(column -> byName.put(column.name(), column));
    List<ComparedColumn> compared = new ArrayList<>();
    for (String name : definition.key()) {
      compared.add(compared(byName.get(name), declared.get(name)));
    }
    int keyColumns = compared.size();
    for (Column column : definition.columns()) {
      if (!definition.key().contains(column.name())) {
        compared.add(compared(column, declared.get(column.name())));
      }
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            SELECT c.relkind = 'p', c.reltuples::bigint FROM pg_class c
              JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = ? AND c.relname = ?
            """)) {
      statement.setString(1, table.schema());
      statement.setString(2, table.table());
      try (ResultSet rows = statement.executeQuery()) {
        boolean partitioned = rows.next() && rows.getBoolean(1);
        long estimate = partitioned ? 0 : Math.max(0, rows.getLong(2));
        return new TablePlan(table, partitioned ? "" : "ONLY ", estimate, keyColumns, compared);
      }
    }
  }

  /**
   * Integers are looked up as the widest, so that no value of a sink is out of range; what is text
   * in the sinks as text, for what they hold may be no value of the type.
   */
  private static ComparedColumn compared(Column column, String declared) {
    return new ComparedColumn(
        column,
        switch (column.carrier()) {
          case INT16, INT32, INT64 -> "bigint";
          case TEXT -> WORDS.contains(column.type().name()) ? declared : null;
          default -> declared;
        });
  }

  @Override
  public long scan(TablePlan plan, int columns, RowVisitor visitor) {
    try (Connection connection = open()) {
      return scan(connection, plan, columns, visitor);
    } catch (SQLException | IOException e) {
      throw failed(plan.table(), e);
    }
  }

  /** The same by a given connection, which keeps its transaction. */
  static long scan(Connection connection, TablePlan plan, int columns, RowVisitor visitor)
      throws SQLException, IOException {
    String sql =
        "COPY (SELECT %s FROM %s) TO STDOUT (FORMAT binary)"
            .formatted(expressions(plan, columns), plan.postgresFrom());
    CanonicalRow row = new CanonicalRow(columns);
    // One statement is one snapshot; row by row, however wide the rows are.
    CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
    try {
      return read(copy, row, visitor);
    } catch (RuntimeException | Error e) {
      copy.cancelCopy();
      throw e;
    }
  }

  /** See "Binary Format" on PostgreSQL's page of COPY. */
  private static long read(CopyOut copy, CanonicalRow row, RowVisitor visitor)
      throws SQLException, IOException {
    long count = 0;
    boolean first = true;
    for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
      ByteBuffer in = ByteBuffer.wrap(message);
      if (first) {
        first = false;
        in.position(COPY_HEADER + in.getInt(COPY_FLAGS));
      }
      // The header comes with the first row or alone, and the trailer is a row of -1 columns.
      while (in.remaining() >= Short.BYTES) {
        short columns = in.getShort();
        if (columns == COPY_TRAILER) {
          break;
        }
        if (columns != row.columns()) {
          throw new SQLException("COPY gave a row of %d columns".formatted(columns));
        }
        row.clear();
        for (int i = 0; i < row.columns(); i++) {
          int length = in.getInt();
          if (length < 0) {
            row.addNull();
          } else {
            row.add(in, length);
          }
        }
        visitor.row(row);
        count++;
      }
    }
    return count;
  }

  @Override
  public void find(TablePlan plan, Collection<RowKey> keys, RowVisitor visitor) {
    try (Connection connection = open()) {
      connection.setAutoCommit(false);
      find(connection, plan, keys, visitor);
      connection.rollback();
    } catch (SQLException e) {
      throw failed(plan.table(), e);
    }
  }

  /** The same by a given connection in a transaction, which goes on. */
  static void find(
      Connection connection, TablePlan plan, Collection<RowKey> keys, RowVisitor visitor)
      throws SQLException {
    int width = plan.keyColumns();
    try (PreparedStatement statement = connection.prepareStatement(findSql(plan))) {
      statement.setFetchSize(FETCH_ROWS);
      List<RowKey> batch = new ArrayList<>();
      for (RowKey key : keys) {
        batch.add(key);
        if (batch.size() == KEYS_A_QUERY) {
          findBatch(plan, statement, batch, width, visitor);
          batch.clear();
        }
      }
      if (!batch.isEmpty()) {
        findBatch(plan, statement, batch, width, visitor);
      }
    }
  }

  private static String findSql(TablePlan plan) {
    String names =
        IntStream.range(0, plan.keyColumns())
            .mapToObj(i -> "k" + i)
            .collect(Collectors.joining(", "));
    String arrays =
        IntStream.range(0, plan.keyColumns())
            .mapToObj(i -> "?::text[]")
            .collect(Collectors.joining(", "));
    StringJoiner conditions = new StringJoiner(" AND ");
    for (int i = 0; i < plan.keyColumns(); i++) {
      ComparedColumn column = plan.columns().get(i);
      String name = Names.postgres(column.name());
      conditions.add(
          column.keyType() == null
              ? "%s = walcdc_keys.k%d".formatted(ComparedColumn.printedSql("t." + name), i)
              : "t.%s = walcdc_keys.k%d::%s".formatted(name, i, column.keyType()));
    }
    return "SELECT %s FROM (SELECT t.* FROM %s AS t JOIN unnest(%s) AS walcdc_keys(%s) ON %s) AS t"
        .formatted(
            expressions(plan, plan.columns().size()),
            plan.postgresFrom(),
            arrays,
            names,
            conditions);
  }

  private static void findBatch(
      TablePlan plan, PreparedStatement statement, List<RowKey> keys, int width, RowVisitor visitor)
      throws SQLException {
    String[][] columns = new String[width][keys.size()];
    for (int k = 0; k < keys.size(); k++) {
      String[] values = keys.get(k).values(width);
      for (int i = 0; i < width; i++) {
        columns[i][k] = KeyLiterals.postgres(plan.columns().get(i).carrier(), values[i]);
      }
    }
    for (int i = 0; i < width; i++) {
      statement.setArray(i + 1, statement.getConnection().createArrayOf("text", columns[i]));
    }
    CanonicalRow row = new CanonicalRow(plan.columns().size());
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        row.clear();
        for (int i = 0; i < row.columns(); i++) {
          row.add(rows.getString(i + 1));
        }
        visitor.row(row);
      }
    }
  }

  private static String expressions(TablePlan plan, int columns) {
    return plan.columns().stream()
        .limit(columns)
        .map(ComparedColumn::postgresSql)
        .collect(Collectors.joining(", "));
  }

  VerifyException failed(TableName table, Exception e) {
    return new VerifyException(
        "Table %s cannot be read from %s: %s. Check that PostgreSQL runs there and that role `%s` may SELECT from it"
            .formatted(table, source, e.getMessage(), source.user()),
        e);
  }
}
