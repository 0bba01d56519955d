package dev.walcdc.clickhouse;

/**
 * A table or view in ClickHouse.
 *
 * @param database its database, unquoted
 * @param table its name, unquoted
 */
record TableName(String database, String table) {

  /** As SQL wants it. */
  String sql() {
    return Sql.identifier(database) + "." + Sql.identifier(table);
  }

  /** The view of this table's present rows. */
  TableName currentView() {
    return new TableName(database, table + ClickHouseConstants.VIEW_SUFFIX);
  }

  /** For messages; not quoted. */
  @Override
  public String toString() {
    return database + "." + table;
  }
}
