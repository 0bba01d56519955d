package dev.walcdc.cli;

import dev.walcdc.local.Server;

/** What `up` starts on request only, beside the servers that the pipeline needs. */
enum Extra {
  /** Queries over all of the stores. */
  TRINO(Server.TRINO);

  private final Server server;

  Extra(Server server) {
    this.server = server;
  }

  Server server() {
    return server;
  }

  @Override
  public String toString() {
    return server.key();
  }
}
