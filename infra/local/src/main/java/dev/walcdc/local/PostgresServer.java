package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** PostgreSQL: the source, or the database of the Iceberg catalog. */
final class PostgresServer extends LocalServer {
  static final String SUPERUSER = "postgres";
  static final String SOURCE_DATABASE = "appdb";
  static final String CATALOG_DATABASE = "iceberg";

  private final boolean source;
  private final Port port;
  private final String password;
  private Path binaries;

  PostgresServer(
      Server server, LocalStackOptions options, Ports ports, Secrets secrets, StackState state) {
    super(server, options, ports, secrets, state);
    source = server == Server.POSTGRES;
    port = source ? Port.POSTGRES : Port.CATALOG;
    password = source ? secrets.postgresPassword() : secrets.catalogPassword();
  }

  @Override
  void prepare() throws Exception {
    binaries = PostgresBinaries.install(options);
    Path data = data();
    if (!Files.exists(data)) {
      Path draft = folder().resolve("data.initdb");
      PrivateFiles.deleteTree(draft);
      Path passwordFile = folder().resolve("initdb.password");
      PrivateFiles.write(passwordFile, password + "\n");
      try {
        initdb(draft, passwordFile);
      } finally {
        Files.deleteIfExists(passwordFile);
      }
      Files.move(draft, data, StandardCopyOption.ATOMIC_MOVE); // complete, or not there
    }
    forgetStrangersPid(data.resolve("postmaster.pid"));
  }

  private void initdb(Path draft, Path passwordFile) throws Exception {
    List<String> command = new ArrayList<>(unprivileged());
    command.addAll(
        List.of(
            binaries.resolve("bin/initdb").toString(),
            "--pgdata=" + draft,
            "--username=" + SUPERUSER,
            "--pwfile=" + passwordFile,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            // Sorts and compares the same on every machine, whatever libraries it has.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions"));
    ServerProcess initdb = ServerProcess.start("initdb", command, folder(), log());
    int status = initdb.awaitOrKill(options.startTimeout());
    if (status != 0) {
      throw new StackException(
          "The data folder of %s cannot be made (initdb %s): see %s; its last lines:%s"
              .formatted(
                  server.title(),
                  status < 0 ? "took too long" : "ended with status " + status,
                  log(),
                  initdb.tail()));
    }
  }

  @Override
  List<String> command() {
    List<String> command = new ArrayList<>(unprivileged());
    command.add(binaries.resolve("bin/postgres").toString());
    command.add("-D");
    command.add(data().toString());
    settings().forEach(setting -> command.addAll(List.of("-c", setting)));
    return command;
  }

  private List<String> settings() {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "listen_addresses=" + ConnectionSettings.HOST,
                "port=" + ports.get(port),
                "unix_socket_directories=", // its path could be longer than a socket's may be
                "log_line_prefix=%m [%p] ",
                "log_timezone=UTC",
                "timezone=UTC",
                "lc_messages=C"));
    if (source) {
      settings.addAll(
          List.of(
              "wal_level=logical",
              "max_wal_senders=10",
              "max_replication_slots=10",
              // A capture that a debugger holds, or that waits for a broker, keeps its connection.
              "wal_sender_timeout=10min"));
    } else {
      settings.addAll(
          List.of(
              "wal_level=minimal",
              "max_wal_senders=0",
              "max_replication_slots=0",
              "shared_buffers=16MB",
              "max_wal_size=64MB",
              "max_connections=50",
              "max_parallel_workers=0"));
    }
    return settings;
  }

  @Override
  void probe() throws Exception {
    connect(port); // cheap while it is down, and without the driver's own messages
    try (Connection connection = open("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    }
  }

  @Override
  void initialize() throws Exception {
    Path done = folder().resolve("initialized");
    if (Files.exists(done)) {
      return; // later starts leave alone what people have changed since
    }
    String database = source ? SOURCE_DATABASE : CATALOG_DATABASE;
    try (Connection connection = open("postgres");
        Statement statement = connection.createStatement()) {
      boolean exists;
      try (ResultSet found =
          statement.executeQuery(
              "SELECT 1 FROM pg_database WHERE datname = '%s'".formatted(database))) {
        exists = found.next();
      }
      if (!exists) {
        statement.execute("CREATE DATABASE " + database);
      }
    }
    if (source) {
      try (Connection connection = open(database);
          Statement statement = connection.createStatement()) {
        // One message is one transaction; should we die before the mark is written, it runs again.
        statement.execute(PrivateFiles.resource("source.sql"));
      }
    }
    Files.createFile(done);
  }

  /** PostgreSQL that is killed leaves children for a moment, which still use its memory. */
  @Override
  boolean mayRetry(String tail) {
    return tail.contains("pre-existing shared memory block");
  }

  private Path data() {
    return folder().resolve("data");
  }

  private Connection open(String database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", SUPERUSER);
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "30");
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(ConnectionSettings.HOST, ports.get(port), database),
        properties);
  }

  /**
   * PostgreSQL refuses to run as root. In a user namespace of its own without any mapping, root's
   * process is nobody in its own eyes, still owns its files on disk, and has no rights beyond them.
   */
  private static List<String> unprivileged() {
    if (!Platform.isRoot()) {
      return List.of();
    }
    try {
      Process probe =
          new ProcessBuilder("unshare", "-U", "true")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (probe.waitFor() == 0) {
        return List.of("unshare", "-U");
      }
    } catch (IOException e) {
      // said below
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new StackException(
        "PostgreSQL refuses to run as root, and \"unshare -U\", which would hide root from it, does"
            + " not work here: run the stack as an ordinary user, or allow user namespaces.");
  }

  /**
   * After a kill, postmaster.pid names a process that is no more. When that number belongs to some
   * other program by now, PostgreSQL takes that for its old self and refuses to start. It never
   * does so for its parent, so we put ourselves there; the file's other lines stay, by which
   * PostgreSQL still finds out whether children of its old self are left.
   */
  static void forgetStrangersPid(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    if (lines.isEmpty() || !lines.get(0).strip().matches("\\d{1,10}")) {
      return;
    }
    boolean stranger =
        ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
            .filter(ProcessHandle::isAlive)
            .flatMap(handle -> handle.info().command())
            .filter(command -> !command.endsWith("/postgres"))
            .isPresent();
    if (stranger) {
      lines.set(0, Long.toString(ProcessHandle.current().pid()));
      PrivateFiles.write(file, String.join("\n", lines) + "\n");
    }
  }
}
