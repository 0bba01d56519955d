package dev.walcdc.capture;

/** A role that may log in and replicate, and nothing else. */
final class Role implements AutoCloseable {

  private final String name;

  Role(String name) {
    this.name = name;
    Source.run("CREATE ROLE %s LOGIN REPLICATION PASSWORD 'secret'".formatted(name));
  }

  /** Runs statements in which {@code @} stands for the role. */
  void runs(String... statements) {
    for (String statement : statements) {
      Source.run(statement.replace("@", name));
    }
  }

  void captures(Capture capture) {
    capture.with("databaseUser", name).with("databasePassword", "secret");
  }

  @Override
  public void close() {
    Source.run("DROP OWNED BY " + name, "DROP ROLE " + name);
  }
}
