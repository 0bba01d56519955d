package dev.walcdc.local;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The TCP ports of the stack, all on 127.0.0.1. */
public enum Port {
  /** PostgreSQL, the source. */
  POSTGRES(Server.POSTGRES),
  /** PostgreSQL, the Iceberg catalog. */
  CATALOG(Server.CATALOG),
  /** Kafka, for clients. */
  KAFKA(Server.KAFKA),
  /** Kafka, for its own controller. */
  KAFKA_CONTROLLER(Server.KAFKA),
  /** ClickHouse over HTTP. */
  CLICKHOUSE_HTTP(Server.CLICKHOUSE),
  /** ClickHouse over its native protocol. */
  CLICKHOUSE_NATIVE(Server.CLICKHOUSE),
  /** S3 over HTTP. */
  S3(Server.S3),
  /** Trino over HTTP. */
  TRINO(Server.TRINO);

  private final Server server;

  Port(Server server) {
    this.server = server;
  }

  /**
   * Returns the server that listens on this port.
   *
   * @return the server, never null
   */
  public Server server() {
    return server;
  }

  /**
   * Returns the name in the state file and in messages.
   *
   * @return the name in lower case with hyphens, never null
   */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static List<Port> of(Server server) {
    return Arrays.stream(values()).filter(p -> p.server == server).toList();
  }
}
