package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be done ends in one sentence that says what to do. */
class RefusalIT {

  @TempDir private Path home;

  @Test
  void aWrongOption() throws Exception {
    WalCdcCommand.run("up", "--colour").assertRefused("--colour.*wal-cdc up --help");
    WalCdcCommand.run("up", "--mode", "wrong").assertRefused("--mode.*wal-cdc up --help");
    WalCdcCommand.run("rise").assertRefused("rise");
    up("--with", "oracle").assertRefused("--with.*TRINO.*wal-cdc up --help");
  }

  @Test
  void optionsThatContradict() throws Exception {
    up("--demo", "--source", "postgresql://me@localhost/db").assertRefused("leave out `--source`");
    up("--demo", "--servers-only").assertRefused("leave out .*`--servers-only`");
    up("--demo", "--mode", "synthetic").assertRefused("leave out .*`--mode synthetic`");
    up("--mode", "synthetic", "--source", "postgresql://me@localhost/db")
        .assertRefused("leave out `--source`");
  }

  @Test
  void tablesThatAreNoExpression() throws Exception {
    up("--tables", "app\\..*,(").assertRefused("`--tables app.*` is no regular expression");
  }

  @Test
  void aHomeThatCannotBe() throws Exception {
    Path file = Files.createFile(home.resolve("file"));
    WalCdcCommand.on(file.resolve("home"), "up")
        .assertRefused("The folder .* cannot be made .*choose another place");
  }

  @Test
  void aHomeWhoseNotesAreBroken() throws Exception {
    Files.writeString(home.resolve("up-pipeline.json"), "{");
    up().assertRefused("up-pipeline.json cannot be read .*delete it");
  }

  @Test
  void aSourceThatIsNone() throws Exception {
    up("--source", "localhost:5432").assertRefused("postgresql://USER@HOST:PORT/DATABASE");
  }

  @Test
  void aPasswordOnTheCommandLine() throws Exception {
    WalCdcCommand refused = up("--source", "postgresql://me:secret@localhost/db");
    refused.assertRefused("PGPASSWORD");
    assertThat(refused.err()).doesNotContain("secret");
  }

  @Test
  void aServerThatThereIsNot() throws Exception {
    up("--port", "oracle=1521").assertRefused("names no server; choose one of .*kafka");
  }

  @Test
  void aPortThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      up("--servers-only", "--detach", "--port", "kafka=" + taken.getLocalPort())
          .assertRefused("Port " + taken.getLocalPort() + " .*Kafka needs, is in use");
      WalCdcCommand.on(home, "down").assertDone();
    }
  }

  @Test
  void tooLittleDisk() throws Exception {
    up("--servers-only", "--detach", "--min-free", "1000000000")
        .assertRefused("Only .* are free for .*free some space");
  }

  @Test
  void noPython() throws Exception {
    Path programs = everyProgramBut("python");
    WalCdcCommand.run(
            Map.of("PATH", programs.toString(), "JAVA_HOME", System.getProperty("java.home")),
            "up",
            "--servers-only",
            "--detach",
            "--home",
            home.resolve("home").toString(),
            "--servers",
            home.resolve("servers").toString())
        .assertRefused("Python 3 with venv was not found .*install it");
  }

  @Test
  void sqlWithoutTrino() throws Exception {
    WalCdcCommand.on(home, "sql", "SELECT 1")
        .assertRefused("No Trino runs in .*start it with `wal-cdc up --with trino`");
    WalCdcCommand.on(home, "sql", "SELECT 1", "--set", "snapshot=1")
        .assertRefused("The statement has no .*snapshot.*leave it out");
    WalCdcCommand.on(home, "sql", "-f", home.resolve("none.sql").toString())
        .assertRefused("none.sql cannot be read");
    WalCdcCommand.on(home, "sql").assertRefused("wal-cdc sql --help");
  }

  @Test
  void aHomeOfTheOtherMode() throws Exception {
    Files.writeString(home.resolve("mode"), "SYNTHETIC");
    up().assertRefused("holds data of mode `synthetic`");
  }

  @Test
  void aHomeInWhichNothingEverRan() throws Exception {
    for (String command : new String[] {"status", "verify", "env", "doctor"}) {
      WalCdcCommand.on(home.resolve("none"), command).assertRefused("start one");
    }
    WalCdcCommand.on(home.resolve("none"), "topic", "any").assertRefused("start one");
    WalCdcCommand down = WalCdcCommand.on(home.resolve("none"), "down");
    down.assertDone();
    assertThat(down.out()).matches("Nothing of .*none was running.\\R");
    WalCdcCommand.on(home.resolve("none"), "down", "--drop").assertRefused("never captured");
  }

  private WalCdcCommand up(String... options) throws IOException, InterruptedException {
    return WalCdcCommand.on(home, "up", options);
  }

  private Path everyProgramBut(String prefix) throws IOException {
    Path programs = Files.createDirectory(home.resolve("bin"));
    for (String folder : System.getenv("PATH").split(":")) {
      if (!Files.isDirectory(Path.of(folder))) {
        continue;
      }
      try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of(folder))) {
        for (Path program : found) {
          Path link = programs.resolve(program.getFileName());
          if (!link.getFileName().toString().startsWith(prefix) && Files.notExists(link)) {
            Files.createSymbolicLink(link, program);
          }
        }
      }
    }
    return programs;
  }
}
