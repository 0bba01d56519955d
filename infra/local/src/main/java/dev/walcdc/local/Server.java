package dev.walcdc.local;

import java.util.Locale;

/** The servers of the stack. */
public enum Server {
  /** PostgreSQL with logical decoding: the source of all changes. */
  POSTGRES("PostgreSQL"),
  /** A second, small PostgreSQL that holds nothing but the Iceberg JDBC catalog. */
  CATALOG("the Iceberg catalog's PostgreSQL"),
  /** A Kafka broker and controller in one process. */
  KAFKA("Kafka"),
  /** ClickHouse, with HTTP and native TCP. */
  CLICKHOUSE("ClickHouse"),
  /** S3Proxy over a folder. */
  S3("S3Proxy");

  private final String title;

  Server(String title) {
    this.title = title;
  }

  /**
   * Returns the name for people, as it stands in messages.
   *
   * @return the name, never null
   */
  public String title() {
    return title;
  }

  /**
   * Returns the name for files: the folder of its data, its log and its entry in the state file.
   *
   * @return the name in lower case, never null
   */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
