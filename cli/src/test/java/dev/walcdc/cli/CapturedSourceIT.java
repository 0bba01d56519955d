package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.PGReplicationStream;

/** What `up` leaves in a source and on the machine, and that it goes when it is told to. */
class CapturedSourceIT {

  @TempDir private Path folder;

  @AfterEach
  void down() throws Exception {
    for (String name : List.of("other", "home")) {
      WalCdcCommand.on(folder.resolve(name), "down").assertDone();
    }
    assertThat(processes()).isEmpty();
  }

  @Test
  void dropTakesSlotAndPublicationOfARunningPipelineAndTheNextUpBringsThemBack() throws Exception {
    command("up", "--detach").assertDone();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home())))
        .isEqualTo("rwx------");
    awaitSlot();
    command("down", "--drop").assertDone();
    assertThat(processes()).isEmpty();
    for (String name : List.of("status", "verify", "doctor")) {
      command(name).assertRefused("are not running; start them with `wal-cdc up`");
    }
    command("down", "--drop").assertRefused("start it with `wal-cdc up --servers-only`");

    command("up", "--servers-only", "--detach").assertDone();
    assertThat(traces()).isEqualTo("0 slot, 0 publication");
    command("up", "--servers-only", "--detach", "--port", "s3=20001")
        .assertRefused("is up already|leave out `--port`");
    command("up", "--port", "s3=20001")
        .assertRefused("leave out `--port`, `--servers` and `--with`");
    command("up", "--detach").assertDone();
    awaitSlot();
    WalCdcCommand verify = command("verify", "--json");
    verify.assertDone();
    assertThat(new ObjectMapper().readTree(verify.out()).get("tables")).isNotEmpty();
  }

  @Test
  void dropWithoutAPipelineRefusesASlotThatIsRead() throws Exception {
    command("up", "--detach").assertDone();
    awaitSlot();
    command("down").assertDone();
    command("up", "--servers-only", "--detach").assertDone();
    assertThat(traces()).isEqualTo("1 slot, 1 publication");
    try (Connection reader = replication();
        PGReplicationStream stream =
            reader
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName("walcdc")
                .withSlotOption("proto_version", 1)
                .withSlotOption("publication_names", "walcdc")
                .start()) {
      assertThat(stream.isClosed()).isFalse();
      command("down", "--drop")
          .assertRefused("still in postgresql://.*is active for PID \\d+.*DROP PUBLICATION walcdc");
      assertThat(traces()).isEqualTo("1 slot, 1 publication");
    }
    command("down", "--drop").assertDone();
    command("up", "--servers-only", "--detach").assertDone();
    assertThat(traces()).isEqualTo("0 slot, 0 publication");
  }

  @Test
  void dropOfASourceOfOnesOwn() throws Exception {
    command("up", "--servers-only", "--detach").assertDone();
    execute("DROP PUBLICATION walcdc; DROP SCHEMA walcdc CASCADE");
    String source = "postgresql://walcdc@127.0.0.1:%d/appdb".formatted(postgres().port());
    other("up", "--detach", "--source", source)
        .assertRefused("does not answer: .*Check host, port, role and PGPASSWORD");
    Matcher sql =
        Pattern.compile("(?s)```sql\\n(CREATE ROLE.*?)```")
            .matcher(Files.readString(root().resolve("README.md")));
    assertThat(sql.find()).isTrue();
    execute(sql.group(1).replace("'...'", "'given'"));
    execute("ALTER PUBLICATION walcdc SET (publish = 'insert')");
    other("up", "--detach", "--source", source)
        .assertRefused("cannot be captured yet: .*leaves out.*ALTER PUBLICATION");
    execute("ALTER PUBLICATION walcdc SET (publish = 'insert, update, delete, truncate')");

    other("up", "--detach", "--source", source).assertDone();
    awaitSlot();
    other("down", "--drop")
        .assertRefused(
            "Slot `walcdc` is gone from .*must be owner of publication walcdc.*as its owner: DROP PUBLICATION IF EXISTS walcdc;");
    assertThat(traces()).isEqualTo("0 slot, 1 publication");
    assertThat(LocalStack.owner(folder.resolve("other"))).isEmpty();
  }

  @Test
  void aKilledUpLeavesNoPipelineAndDownEndsItsServers() throws Exception {
    command("up", "--detach").assertDone();
    ProcessHandle up = LocalStack.owner(home()).orElseThrow();
    ProcessHandle pipeline =
        up.children()
            .filter(child -> commandOf(child).contains("dev.walcdc.Pipeline"))
            .findFirst()
            .orElseThrow();
    up.destroyForcibly();
    await().atMost(Duration.ofMinutes(2)).until(() -> !pipeline.isAlive());
    WalCdcCommand down = command("down");
    down.assertDone();
    assertThat(down.out()).contains("Stopped.");
    assertThat(processes()).isEmpty();
  }

  @Test
  void downStopsAnUpThatIsStillStarting() throws Exception {
    Process up =
        new ProcessBuilder(root().resolve("wal-cdc").toString(), "up", "--home", home().toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("up.out").toFile())
            .start();
    await().atMost(Duration.ofMinutes(1)).until(() -> LocalStack.owner(home()).isPresent());
    command("down").assertDone();
    assertThat(up.waitFor()).isNotZero();
    assertThat(processes()).isEmpty();
  }

  private WalCdcCommand command(String name, String... options) throws Exception {
    return WalCdcCommand.on(home(), name, options);
  }

  /** About a home whose source is the PostgreSQL of the first. */
  private WalCdcCommand other(String name, String... options) throws Exception {
    return WalCdcCommand.on(folder.resolve("other"), Map.of("PGPASSWORD", "given"), name, options);
  }

  private Path home() {
    return folder.resolve("home");
  }

  private static Path root() {
    return Repository.root(Path.of("").toAbsolutePath()).orElseThrow();
  }

  /** What runs for the homes. The servers are told their folders on the command line. */
  private List<String> processes() {
    return ProcessHandle.allProcesses()
        .map(CapturedSourceIT::commandOf)
        .filter(command -> command.contains(folder.toString()))
        .toList();
  }

  /** Not by its handle, which leaves out long ones; empty when it has ended. */
  private static String commandOf(ProcessHandle process) {
    try {
      return Files.readString(
              Path.of("/proc", Long.toString(process.pid()), "cmdline"),
              StandardCharsets.ISO_8859_1)
          .replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  /** The pipeline says that it is up before capture has made its slot. */
  private void awaitSlot() {
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(traces()).isEqualTo("1 slot, 1 publication"));
  }

  private String traces() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT (SELECT count(*) FROM pg_replication_slots) || ' slot, ' || (SELECT count(*) FROM pg_publication) || ' publication'")) {
      row.next();
      return row.getString(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private ConnectionSettings.Postgres postgres() {
    return LocalStack.settings(home()).postgres();
  }

  private Connection connect() throws SQLException {
    ConnectionSettings.Postgres server = postgres();
    return DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
  }

  private Connection replication() throws SQLException {
    ConnectionSettings.Postgres server = postgres();
    Properties properties = new Properties();
    PGProperty.USER.set(properties, server.user());
    PGProperty.PASSWORD.set(properties, server.password());
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "10");
    return DriverManager.getConnection(server.jdbcUrl(), properties);
  }
}
