package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.ClickHouseConstants.COMMITTED_AT_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.DELETED_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.EPOCH_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.LSN_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.ORDINAL_COLUMN;
import static dev.walcdc.clickhouse.ClickHouseConstants.VERSION_COLUMN;

import dev.walcdc.change.ShadowState;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The statements that make and change a table. Text only; nothing here talks to the server. */
final class TableDdl {

  private static final List<String> KEYLESS_IDENTITY =
      List.of(EPOCH_COLUMN, LSN_COLUMN, ORDINAL_COLUMN);

  private TableDdl() {}

  static String createDatabase(String database) {
    return "CREATE DATABASE IF NOT EXISTS " + Sql.identifier(database);
  }

  /**
   * The sorting key is the row's identity to ReplacingMergeTree, so it is the primary key and
   * nothing else. The table is not partitioned: versions of a row in different partitions would
   * never meet. Its comment keeps the schema, so that a later process knows what it follows.
   */
  static String createTable(TableName name, TableSchema schema) {
    return createTable("CREATE TABLE IF NOT EXISTS", name, schema, null);
  }

  /**
   * The table that is to take another one's place. One that was begun before is replaced, in one
   * step, so that there never is one without its note.
   */
  static String createShadow(TableName name, TableSchema schema, ShadowState state) {
    return createTable("CREATE OR REPLACE TABLE", name, schema, state);
  }

  private static String createTable(
      String create, TableName name, TableSchema schema, ShadowState state) {
    String columns =
        TableLayout.typesOf(schema).entrySet().stream()
            .map(column -> Sql.identifier(column.getKey()) + " " + column.getValue().sql())
            .collect(Collectors.joining(", "));
    String own =
        ownColumns(schema).entrySet().stream()
            .map(
                column ->
                    Sql.identifier(column.getKey())
                        + " "
                        + column.getValue()
                        + (state != null && column.getKey().equals(DELETED_COLUMN)
                            ? " COMMENT " + Sql.literal(state.toText())
                            : ""))
            .collect(Collectors.joining(", "));
    return "%s %s (%s, %s) ENGINE = ReplacingMergeTree(%s, %s) ORDER BY (%s) COMMENT %s"
        .formatted(
            create,
            name.sql(),
            columns,
            own,
            Sql.identifier(VERSION_COLUMN),
            Sql.identifier(DELETED_COLUMN),
            Sql.identifiers(identity(schema)),
            Sql.literal(comment(schema)));
  }

  /** FINAL leaves out deleted rows by itself, since the engine knows their mark. */
  static String createView(TableName name, TableSchema schema) {
    return createView(name.currentView(), name, schema);
  }

  /** A view of the rows of any table. */
  static String createView(TableName view, TableName table, TableSchema schema) {
    return "CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s FINAL"
        .formatted(
            view.sql(),
            Sql.identifiers(schema.columns().stream().map(Column::name).toList()),
            table.sql());
  }

  /** One statement, so that columns and comment change together or not at all. */
  static String alterTable(TableName name, List<String> actions, TableSchema schema) {
    String before = actions.isEmpty() ? "" : String.join(", ", actions) + ", ";
    return "ALTER TABLE %s %sMODIFY COMMENT %s"
        .formatted(name.sql(), before, Sql.literal(comment(schema)));
  }

  /** Notes on a table how far it is with taking another one's place. */
  static String note(TableName name, ShadowState state) {
    return "ALTER TABLE %s COMMENT COLUMN %s %s"
        .formatted(name.sql(), Sql.identifier(DELETED_COLUMN), Sql.literal(state.toText()));
  }

  /** The same rows in a table of their own; the parts are shared, nothing is copied. */
  static String cloneTable(TableName clone, TableName table) {
    return "CREATE OR REPLACE TABLE %s CLONE AS %s".formatted(clone.sql(), table.sql());
  }

  static String exchange(TableName one, TableName other) {
    return "EXCHANGE TABLES %s AND %s".formatted(one.sql(), other.sql());
  }

  static String dropTable(TableName name) {
    return "DROP TABLE IF EXISTS " + name.sql();
  }

  static String addColumn(String name, ClickHouseType type) {
    return "ADD COLUMN %s %s".formatted(Sql.identifier(name), type.sql());
  }

  static String dropColumn(String name) {
    return "DROP COLUMN " + Sql.identifier(name);
  }

  static String renameColumn(String from, String to) {
    return "RENAME COLUMN %s TO %s".formatted(Sql.identifier(from), Sql.identifier(to));
  }

  static String modifyColumn(String name, ClickHouseType type) {
    return "MODIFY COLUMN %s %s".formatted(Sql.identifier(name), type.sql());
  }

  /** What the component adds to the source's columns: names and types. */
  static Map<String, String> ownColumns(TableSchema schema) {
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put(VERSION_COLUMN, "UInt128");
    columns.put(DELETED_COLUMN, "UInt8");
    columns.put(COMMITTED_AT_COLUMN, "DateTime64(6, 'UTC')");
    if (!schema.hasKey()) {
      columns.put(EPOCH_COLUMN, "UInt16");
      columns.put(LSN_COLUMN, "UInt64");
      columns.put(ORDINAL_COLUMN, "UInt64");
    }
    return columns;
  }

  /**
   * Columns that tell one row from another. Without a key it is the row's place in the WAL, so that
   * a replay replaces itself. The version is no part of it: the last commit before a transaction
   * may be another one when the WAL is read again.
   */
  static List<String> identity(TableSchema schema) {
    return schema.hasKey() ? schema.key() : KEYLESS_IDENTITY;
  }

  private static String comment(TableSchema schema) {
    return new String(schema.toJson(), StandardCharsets.UTF_8);
  }
}
