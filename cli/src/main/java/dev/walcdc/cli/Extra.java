package dev.walcdc.cli;

import dev.walcdc.local.Server;
import java.util.Locale;
import java.util.Optional;

/** What `up` starts on request only, beside what the pipeline needs. */
enum Extra {
  /** Queries over all of the stores. */
  TRINO(Server.TRINO),
  /** The Flink SQL jobs, the second way to Iceberg: a process beside the pipeline's. */
  FLINK(null);

  private final Server server;

  Extra(Server server) {
    this.server = server;
  }

  /** The server that it is; nothing if it is no server. */
  Optional<Server> server() {
    return Optional.ofNullable(server);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
