package dev.walcdc.capture.source;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/**
 * How to reach the source database.
 *
 * @param hostname its host
 * @param port its port
 * @param database its name
 * @param user role with REPLICATION and SELECT
 * @param password a secret; null where none is needed
 */
public record SourceConnection(
    String hostname, int port, String database, String user, String password) {

  /** Opens a connection; the caller closes it. */
  public Connection open() throws SQLException {
    return open(new Properties());
  }

  /**
   * Opens a connection by which every value comes as PostgreSQL prints it; the caller closes it.
   */
  public Connection openForText() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("binaryTransfer", "false");
    return open(properties);
  }

  private Connection open(Properties properties) throws SQLException {
    properties.setProperty("user", user);
    if (password != null) {
      properties.setProperty("password", password);
    }
    properties.setProperty("ApplicationName", "wal-cdc");
    properties.setProperty("connectTimeout", "10");
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(hostname, port, database), properties);
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return "postgresql://%s@%s:%d/%s".formatted(user, hostname, port, database);
  }
}
