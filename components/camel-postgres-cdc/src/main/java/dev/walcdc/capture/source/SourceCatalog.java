package dev.walcdc.capture.source;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What PostgreSQL's catalogs say of the tables, the slot and the cluster. */
public final class SourceCatalog {

  private final SourceConnection source;

  public SourceCatalog(SourceConnection source) {
    this.source = source;
  }

  /** A table by its schema and name, unquoted. */
  public record TableName(String schema, String table) {
    @Override
    public String toString() {
      return schema + "." + table;
    }
  }

  /**
   * Columns of a table and its primary key.
   *
   * @param columns in their order; generated and dropped columns are not among them
   * @param key names of the key's columns in key order; empty without a primary key
   */
  public record Shape(List<Column> columns, List<String> key) {}

  /**
   * A replication slot.
   *
   * @param confirmedLsn {@code confirmed_flush_lsn}
   * @param activePid process that reads it now; null if none
   * @param lost whether PostgreSQL has invalidated it, e.g. because it held more WAL than {@code
   *     max_slot_wal_keep_size}; nothing can be read from it any more
   */
  public record Slot(
      String name,
      String plugin,
      String database,
      long confirmedLsn,
      Long activePid,
      boolean lost) {}

  /** Identity of the PostgreSQL cluster and the branch of its history. */
  public record Cluster(String systemIdentifier, long timeline) {}

  /** The publication's tables, in the order of their names. */
  public List<TableName> publishedTables(String publication) throws SQLException {
    return query(
        "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ? ORDER BY 1, 2",
        rows -> new TableName(rows.getString(1), rows.getString(2)),
        publication);
  }

  /** The present shape of a table; empty if there is no such table. */
  public Optional<Shape> shape(TableName table) throws SQLException {
    List<Column> columns =
        query(
            """
            WITH RECURSIVE base(attnum, attname, attnotnull, typid, typmod) AS (
              SELECT a.attnum, a.attname, a.attnotnull, a.atttypid, a.atttypmod
                FROM pg_attribute a
                JOIN pg_class c ON c.oid = a.attrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = ? AND c.relname = ?
                 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
              UNION ALL
              SELECT b.attnum, b.attname, b.attnotnull, t.typbasetype,
                     CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END
                FROM base b JOIN pg_type t ON t.oid = b.typid AND t.typtype = 'd'
            )
            SELECT b.attnum, b.attname, b.attnotnull, t.typname, b.typmod
              FROM base b JOIN pg_type t ON t.oid = b.typid AND t.typtype <> 'd'
             ORDER BY b.attnum
            """,
            rows ->
                new Column(
                    rows.getString(2),
                    type(rows.getString(4), rows.getInt(5)),
                    !rows.getBoolean(3),
                    rows.getInt(1)),
            table.schema(),
            table.table());
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    List<String> key =
        query(
            """
            SELECT a.attname
              FROM pg_index i
              JOIN pg_class c ON c.oid = i.indrelid
              JOIN pg_namespace n ON n.oid = c.relnamespace
              CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE i.indisprimary AND n.nspname = ? AND c.relname = ?
             ORDER BY k.place
            """,
            rows -> rows.getString(1),
            table.schema(),
            table.table());
    return Optional.of(new Shape(columns, key));
  }

  /** The typmod's meaning is the type's own; see numeric_typmod_precision in numeric.c. */
  private static PostgresType type(String name, int typmod) {
    if (!name.equals("numeric") || typmod < Integer.BYTES) {
      return PostgresType.of(name);
    }
    int packed = typmod - Integer.BYTES;
    int precision = (packed >>> 16) & 0xFFFF;
    int scale = ((packed & 0x7FF) ^ 1024) - 1024;
    return new PostgresType(name, precision, scale);
  }

  /** The slot of this name; empty if there is none. */
  public Optional<Slot> slot(String name) throws SQLException {
    return query(
            """
            SELECT slot_name, plugin, database, (confirmed_flush_lsn - '0/0')::bigint, active_pid,
                   coalesce(wal_status = 'lost', false)
              FROM pg_replication_slots WHERE slot_name = ?
            """,
            rows ->
                new Slot(
                    rows.getString(1),
                    rows.getString(2),
                    rows.getString(3),
                    rows.getLong(4),
                    rows.getObject(5) == null ? null : rows.getLong(5),
                    rows.getBoolean(6)),
            name)
        .stream()
        .findFirst();
  }

  /** Drops a slot that nobody reads. */
  public void dropSlot(String name) throws SQLException {
    query("SELECT pg_drop_replication_slot(?)", rows -> null, name);
  }

  /**
   * Which cluster it is. The timeline is the one that is written now: after a promotion the last
   * checkpoint is still of the one before.
   */
  public Cluster cluster() throws SQLException {
    return query(
            """
            SELECT system_identifier::text,
                   CASE WHEN pg_is_in_recovery() THEN timeline_id
                   ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint END
              FROM pg_control_system(), pg_control_checkpoint()
            """,
            rows -> new Cluster(rows.getString(1), rows.getLong(2)))
        .get(0);
  }

  /** Where the WAL ends that is replayed or written now. */
  public long endOfWal() throws SQLException {
    return query(
            """
            SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                    ELSE pg_current_wal_insert_lsn() END - '0/0')::bigint
            """,
            rows -> rows.getLong(1))
        .get(0);
  }

  /** Runs a query of one's own. */
  <T> List<T> query(String sql, Row<T> mapper, Object... parameters) throws SQLException {
    try (Connection connection = source.open();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<T> result = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          result.add(mapper.map(rows));
        }
      }
      return result;
    }
  }

  /** Makes something of a row. */
  @FunctionalInterface
  interface Row<T> {
    T map(ResultSet rows) throws SQLException;
  }
}
