package dev.walcdc.systemtest;

import static org.awaitility.Awaitility.await;

import dev.walcdc.local.Server;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The source's data folder: copied while the server is down, and put back, or made a replica of. So
 * no tool of PostgreSQL's own is needed, which the embedded server does not bring.
 */
final class SourceData implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final RunningPipeline servers;
  private final Path data;
  private final Path copy;
  private Process replica;

  SourceData(RunningPipeline servers) {
    this.servers = servers;
    this.data = servers.home().resolve("postgres/data");
    this.copy = servers.home().resolve("postgres/copy");
  }

  /** Copies the data of this moment; the server is down for it. */
  void remember() throws IOException, InterruptedException {
    servers.stack().stop(Server.POSTGRES);
    run("rm", "-rf", copy.toString());
    run("cp", "-a", data.toString(), copy.toString());
    servers.stack().start(Server.POSTGRES);
  }

  /** Puts the copy in the place of the data. */
  void restore() throws IOException, InterruptedException {
    servers.stack().kill(Server.POSTGRES);
    takeCopy();
    servers.stack().start(Server.POSTGRES);
  }

  private void takeCopy() throws IOException, InterruptedException {
    run("rm", "-rf", data.toString());
    run("mv", copy.toString(), data.toString());
  }

  /**
   * Has a replica follow the source, kills the source, promotes the replica and lets it have the
   * source's address. As after a failover to most replicas there is no slot.
   *
   * @param load done while the replica follows
   */
  void replicaTakesOver(Runnable load) throws IOException, InterruptedException, SQLException {
    remember();
    try (Stream<Path> slots = Files.list(copy.resolve("pg_replslot"))) {
      for (Path slot : slots.toList()) {
        run("rm", "-rf", slot.toString());
      }
    }
    var source = servers.source();
    Files.createFile(copy.resolve("standby.signal"));
    Files.writeString(
        copy.resolve("postgresql.auto.conf"),
        "primary_conninfo = 'host=%s port=%d user=%s password=%s'%n"
            .formatted(source.hostname(), source.port(), source.user(), source.password()));
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    replica = startOnCopy(port);
    String url = "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, source.database());
    load.run();
    String reached = single(servers.source().open(), "SELECT pg_current_wal_lsn()");
    await("the replica follows")
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(
            () ->
                single(
                        DriverManager.getConnection(url, source.user(), source.password()),
                        "SELECT pg_last_wal_replay_lsn() >= '%s'".formatted(reached))
                    .equals("t"));
    servers.stack().kill(Server.POSTGRES);
    single(
        DriverManager.getConnection(url, source.user(), source.password()),
        "SELECT pg_promote(true, 60)");
    single(DriverManager.getConnection(url, source.user(), source.password()), "CHECKPOINT");
    close();
    Files.writeString(copy.resolve("postgresql.auto.conf"), "");
    takeCopy();
    servers.stack().start(Server.POSTGRES);
  }

  /** By the source's own command, with other data and another port. */
  private Process startOnCopy(int port) throws IOException {
    List<String> command = new ArrayList<>(List.of("unshare", "-U"));
    if (!System.getProperty("user.name").equals("root")) {
      command.clear();
    }
    command.addAll(
        List.of(
            postgres().toString(),
            "-D",
            copy.toString(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "port=" + port,
            "-c",
            "unix_socket_directories=",
            "-c",
            "wal_level=logical",
            "-c",
            "lc_messages=C"));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(servers.home().resolve("logs/replica.log").toFile()))
        .start();
  }

  private Path postgres() throws IOException {
    try (Stream<Path> files =
        Files.walk(servers.stack().options().serversFolder().toRealPath(), 3)) {
      return files
          .filter(file -> file.endsWith("bin/postgres") && file.toString().contains("postgres"))
          .findFirst()
          .orElseThrow();
    }
  }

  /**
   * Waits until capture, which streams by then, has confirmed all that is committed now. That alone
   * is not enough: a slot is made for a snapshot as confirmed up to its beginning.
   */
  void awaitConfirmed() throws SQLException {
    await("capture streams").atMost(PATIENCE).until(this::slotIsRead);
    single(servers.source().open(), "SELECT txid_current()");
    String written = single(servers.source().open(), "SELECT pg_current_wal_insert_lsn()");
    await("capture confirms " + written)
        .atMost(PATIENCE)
        .until(
            () ->
                single(
                        servers.source().open(),
                        "SELECT coalesce(bool_or(active AND confirmed_flush_lsn >= '%s'), false) FROM pg_replication_slots WHERE slot_name = 'walcdc'"
                            .formatted(written))
                    .equals("t"));
  }

  boolean slotIsRead() throws SQLException {
    return single(
            servers.source().open(),
            "SELECT coalesce(bool_or(active), false) FROM pg_replication_slots WHERE slot_name = 'walcdc'")
        .equals("t");
  }

  boolean slotIsLost() throws SQLException {
    return single(
            servers.source().open(),
            "SELECT coalesce(max(wal_status), 'gone') FROM pg_replication_slots WHERE slot_name = 'walcdc'")
        .equals("lost");
  }

  /** The first column of the only row, as text; null if the statement has no result. */
  private static String single(Connection opened, String sql) throws SQLException {
    try (Connection connection = opened;
        Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return null;
      }
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("%s ended with code %d".formatted(List.of(command), code));
    }
  }

  /** Ends the replica, if there is one. */
  @Override
  public void close() {
    if (replica == null) {
      return;
    }
    replica.destroy();
    try {
      if (!replica.waitFor(1, TimeUnit.MINUTES)) {
        replica.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    replica = null;
  }
}
