package dev.walcdc.capture.source;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

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

  /**
   * The publication's tables, each with what becomes another where a table leaves the publication
   * and joins it again, or is dropped and made again under its name.
   */
  public SortedMap<TableName, String> publishedIdentities(String publication) throws SQLException {
    SortedMap<TableName, String> identities =
        new TreeMap<>(Comparator.comparing(TableName::schema).thenComparing(TableName::table));
    query(
        """
        SELECT t.schemaname, t.tablename, concat_ws('/', p.oid, c.oid, r.oid)
          FROM pg_publication_tables t
          JOIN pg_publication p ON p.pubname = t.pubname
          JOIN pg_namespace n ON n.nspname = t.schemaname
          JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
          LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
         WHERE t.pubname = ?
        """,
        rows ->
            identities.put(new TableName(rows.getString(1), rows.getString(2)), rows.getString(3)),
        publication);
    return identities;
  }

  /** The id that the next transaction will get, in full. */
  public long nextTransaction() throws SQLException {
    return query(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint", rows -> rows.getLong(1))
        .get(0);
  }

  /** The present definition of a table; empty if there is no such table. */
  public Optional<Definition> definition(TableName table) throws SQLException {
    List<Long> oids =
        query(
            "SELECT c.oid::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relname = ?",
            rows -> rows.getLong(1),
            table.schema(),
            table.table());
    return oids.isEmpty() ? Optional.empty() : definition(oids.get(0));
  }

  /** The present definition of the table with this {@code pg_class.oid}, whatever its name is. */
  public Optional<Definition> definition(long oid) throws SQLException {
    List<Column> columns = new ArrayList<>();
    Set<Integer> dropped = new HashSet<>();
    Set<Integer> filled = new HashSet<>();
    // One statement, so that all parts are of one moment.
    List<Definition> definitions =
        query(
            """
            WITH RECURSIVE base(attnum, attname, attnotnull, filled, dropped, typid, typmod) AS (
              SELECT attnum, attname, attnotnull,
                     atthasdef OR atthasmissing OR attidentity <> '' OR attnotnull,
                     attisdropped, atttypid, atttypmod
                FROM pg_attribute
               WHERE attrelid = ?::oid AND attnum > 0 AND attgenerated = ''
              UNION ALL
              SELECT b.attnum, b.attname, b.attnotnull, b.filled, b.dropped, t.typbasetype,
                     CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END
                FROM base b JOIN pg_type t ON t.oid = b.typid AND t.typtype = 'd'
            ), key(attname, place) AS (
              SELECT a.attname, k.place
                FROM pg_index i
                CROSS JOIN LATERAL unnest((i.indkey::int2[])[0:i.indnkeyatts - 1])
                  WITH ORDINALITY AS k(attnum, place)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
               WHERE i.indisprimary AND i.indrelid = ?::oid
            ), file(oid, node) AS (
              SELECT oid, relfilenode FROM pg_class WHERE oid = ?::oid
              UNION
              SELECT c.oid, c.relfilenode
                FROM pg_partition_tree(?::oid::regclass) p JOIN pg_class c ON c.oid = p.relid
            )
            SELECT b.attnum, b.attname, b.attnotnull, b.filled, b.dropped, t.typname, b.typmod,
                   (SELECT array_agg(attname::text ORDER BY place) FROM key),
                   EXISTS (SELECT FROM pg_index i
                            WHERE i.indisprimary AND NOT i.indimmediate AND i.indrelid = ?::oid),
                   (SELECT md5(string_agg(oid || ':' || node, ',' ORDER BY oid)) FROM file),
                   (SELECT <digest>
                      FROM pg_attribute WHERE attrelid = ?::oid AND attnum > 0)
              FROM pg_class c
              LEFT JOIN base b ON NOT EXISTS (
                SELECT FROM pg_type d WHERE d.oid = b.typid AND d.typtype = 'd')
              LEFT JOIN pg_type t ON t.oid = b.typid
             WHERE c.oid = ?::oid
             ORDER BY b.attnum
            """
                .replace("<digest>", Definition.ATTRIBUTES_DIGEST),
            rows -> {
              int attnum = rows.getInt(1);
              if (rows.getBoolean(5)) {
                dropped.add(attnum);
              } else if (attnum > 0) {
                columns.add(
                    new Column(
                        rows.getString(2),
                        type(rows.getString(6), rows.getInt(7)),
                        !rows.getBoolean(3),
                        attnum));
                if (rows.getBoolean(4)) {
                  filled.add(attnum);
                }
              }
              Array key = rows.getArray(8);
              return new Definition(
                  oid,
                  columns,
                  key == null ? List.of() : List.of((String[]) key.getArray()),
                  rows.getBoolean(9),
                  dropped,
                  filled,
                  rows.getString(10),
                  rows.getString(11) == null ? "" : rows.getString(11));
            },
            oid,
            oid,
            oid,
            oid,
            oid,
            oid,
            oid);
    return definitions.isEmpty() ? Optional.empty() : Optional.of(definitions.get(0));
  }

  /**
   * The types that columns of these types are of, domains resolved.
   *
   * @param attributes columns as the stream describes them
   * @return one for each, in their order; {@code text} for a type that is gone, since its values
   *     travel as text
   */
  public List<PostgresType> types(List<Relation.Attribute> attributes) throws SQLException {
    Map<Long, BaseType> bases = new HashMap<>();
    query(
        """
        WITH RECURSIVE base(oid, typid, typmod) AS (
          SELECT oid, oid, -1 FROM pg_type
           WHERE oid IN (SELECT unnest(string_to_array(?, ','))::oid)
          UNION ALL
          SELECT b.oid, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END
            FROM base b JOIN pg_type t ON t.oid = b.typid AND t.typtype = 'd'
        )
        SELECT b.oid::bigint, t.typname, b.typmod
          FROM base b JOIN pg_type t ON t.oid = b.typid AND t.typtype <> 'd'
        """,
        rows -> bases.put(rows.getLong(1), new BaseType(rows.getString(2), rows.getInt(3))),
        attributes.stream()
            .map(attribute -> Long.toString(attribute.type()))
            .distinct()
            .collect(Collectors.joining(",")));
    return attributes.stream()
        .map(
            attribute -> {
              BaseType base = bases.getOrDefault(attribute.type(), BaseType.GONE);
              return type(base.name(), base.typmod() >= 0 ? base.typmod() : attribute.typmod());
            })
        .toList();
  }

  /** A type that is no domain, and the modifier that a domain gave it; -1 where none did. */
  private record BaseType(String name, int typmod) {
    private static final BaseType GONE = new BaseType("text", -1);
  }

  /**
   * The typmod's meaning is the type's own; see numeric_typmod_precision in numeric.c. Other types'
   * modifiers tell only whether a column was declared anew.
   */
  private static PostgresType type(String name, int typmod) {
    return switch (name) {
      case "numeric" -> {
        if (typmod < Integer.BYTES) {
          yield PostgresType.of(name);
        }
        int packed = typmod - Integer.BYTES;
        int precision = (packed >>> 16) & 0xFFFF;
        int scale = ((packed & 0x7FF) ^ 1024) - 1024;
        yield new PostgresType(name, precision, scale);
      }
      case "varchar", "bpchar" ->
          typmod < Integer.BYTES
              ? PostgresType.of(name)
              : new PostgresType(name, typmod - Integer.BYTES, PostgresType.UNDECLARED);
      default -> new PostgresType(name, Math.max(typmod, -1), PostgresType.UNDECLARED);
    };
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
