package dev.walcdc.local;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The servers of the stack. */
public enum Server {
  /** PostgreSQL with logical decoding: the source of all changes. */
  POSTGRES("PostgreSQL", false),
  /** A second, small PostgreSQL that holds nothing but the Iceberg JDBC catalog. */
  CATALOG("the Iceberg catalog's PostgreSQL", false),
  /** A Kafka broker and controller in one process. */
  KAFKA("Kafka", false),
  /** ClickHouse, with HTTP and native TCP. */
  CLICKHOUSE("ClickHouse", false),
  /** S3Proxy over a folder. */
  S3("S3Proxy", false),
  /** Trino, which reads all of the stores; large, and started on request only. */
  TRINO("Trino", true);

  private final String title;
  private final boolean optional;

  Server(String title, boolean optional) {
    this.title = title;
    this.optional = optional;
  }

  /**
   * Returns the servers that the pipeline needs, in the order of this enumeration.
   *
   * @return a new set of all that are not started on request only
   */
  public static Set<Server> standard() {
    return Arrays.stream(values())
        .filter(server -> !server.optional)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Server.class)));
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
