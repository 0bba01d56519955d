package dev.walcdc.verify;

import java.net.URI;

/**
 * How to reach ClickHouse.
 *
 * @param url base of its HTTP interface, e.g. {@code http://localhost:8123}; without credentials
 * @param user a user with SELECT on the tables
 * @param password a secret; empty or null for none
 * @param database the database of the tables, or {@code *} for one database per PostgreSQL schema;
 *     as in the sink's {@code clickhouse:} endpoint
 */
public record ClickHouseAccess(URI url, String user, String password, String database) {

  /** Stands for one database, or one namespace, per PostgreSQL schema. */
  public static final String PER_SCHEMA = "*";

  public ClickHouseAccess {
    if (url.getHost() == null || url.getUserInfo() != null || url.getQuery() != null) {
      throw new IllegalArgumentException(
          "ClickHouse's URL must be scheme, host and port, such as http://localhost:8123, with user and password given apart");
    }
  }

  /** One database per PostgreSQL schema. */
  public static ClickHouseAccess perSchema(URI url, String user, String password) {
    return new ClickHouseAccess(url, user, password, PER_SCHEMA);
  }

  String databaseOf(String schema) {
    return database.equals(PER_SCHEMA) ? schema : database;
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return "ClickHouse at %s, database %s, as %s".formatted(url, database, user);
  }
}
