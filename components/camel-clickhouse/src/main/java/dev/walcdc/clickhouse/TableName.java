package dev.walcdc.clickhouse;

import dev.walcdc.change.ShadowState;

/**
 * A table or view in ClickHouse.
 *
 * @param database its database, unquoted
 * @param table its name, unquoted
 */
public record TableName(String database, String table) {

  /** As SQL wants it. */
  public String sql() {
    return Sql.identifier(database) + "." + Sql.identifier(table);
  }

  /** The view of this table's present rows. */
  public TableName currentView() {
    return new TableName(database, table + ClickHouseConstants.VIEW_SUFFIX);
  }

  /** The table that is to take this one's place, while it is being made. */
  TableName shadow() {
    return new TableName(database, table + ShadowState.TABLE_SUFFIX);
  }

  /** What the view reads while the two change their places. */
  TableName passing() {
    return new TableName(database, table + ClickHouseConstants.PASSING_SUFFIX);
  }

  /** The table of this one's texts, with which it is searched. */
  public TableName texts() {
    return new TableName(database, table + ClickHouseConstants.TEXTS_SUFFIX);
  }

  /** Whether a table of the source cannot have this name, because the sink may need it. */
  boolean isReserved() {
    return table.endsWith(ShadowState.TABLE_SUFFIX)
        || table.endsWith(ClickHouseConstants.PASSING_SUFFIX)
        || table.endsWith(ClickHouseConstants.TEXTS_SUFFIX);
  }

  /** For messages; not quoted. */
  @Override
  public String toString() {
    return database + "." + table;
  }
}
