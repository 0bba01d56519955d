package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A transaction whose COMMIT is in the WAL, and so in the stream, while PostgreSQL shows it to
 * nobody: it waits for a synchronous standby that does not exist. Closing it lets the COMMIT end.
 */
final class UnseenCommit implements AutoCloseable {

  private final AtomicBoolean ended = new AtomicBoolean();
  private final Thread thread;

  /** To be called before capture starts: no other session waits for the standby then. */
  static void allowOthers() {
    Source.run("ALTER SYSTEM SET synchronous_commit = 'local'", "SELECT pg_reload_conf()");
    eventually(
        "others do not wait", () -> "local".equals(Source.single("SHOW synchronous_commit")));
  }

  /**
   * Returns when the COMMIT waits.
   *
   * @param sql a statement that may run several times, for PostgreSQL takes a moment to know that
   *     it has to wait
   */
  UnseenCommit(String sql) {
    Source.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
    thread = new Thread(() -> repeat(sql), "unseen-commit");
    thread.start();
    eventually(
        "a COMMIT waits",
        () ->
            !Source.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'").isEmpty());
  }

  private void repeat(String sql) {
    try (Connection connection = Source.open();
        Statement statement = connection.createStatement()) {
      statement.execute("SET synchronous_commit = on");
      while (!ended.get()) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    ended.set(true);
    Source.run(
        "ALTER SYSTEM RESET synchronous_standby_names",
        "ALTER SYSTEM RESET synchronous_commit",
        "SELECT pg_reload_conf()");
    eventually("the COMMIT has ended", () -> !thread.isAlive());
  }
}
