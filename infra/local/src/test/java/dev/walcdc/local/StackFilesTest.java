package dev.walcdc.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackFilesTest {
  @TempDir Path home;

  @Test
  void secretsAreMadeOnceAndPrivate() throws Exception {
    Secrets first = Secrets.of(home);
    assertThat(Secrets.of(home)).isEqualTo(first);
    assertThat(first.postgresPassword()).hasSize(32).isNotEqualTo(first.catalogPassword());
    assertThat(first.toString()).doesNotContain(first.s3SecretKey());
    assertThat(mode(home.resolve(Secrets.FILE))).isEqualTo("rw-------");
  }

  @Test
  void stateRemembersPortsAndProcesses() throws Exception {
    StackState state = StackState.read(home);
    assertThat(state.ports()).isEmpty();
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    state.ports(Map.of(Port.S3, 20_080));
    state.started(Server.KAFKA, self);

    StackState read = StackState.read(home);
    assertThat(read.ports()).containsExactly(Map.entry(Port.S3, 20_080));
    assertThat(read.process(Server.KAFKA)).contains(self);
    assertThat(mode(home.resolve(StackState.FILE))).isEqualTo("rw-------");

    read.ended(Server.KAFKA);
    assertThat(StackState.read(home).processes()).isEmpty();
  }

  @Test
  void aBrokenStateSaysWhatToDo() throws Exception {
    Files.writeString(home.resolve(StackState.FILE), "{");
    assertThatThrownBy(() -> StackState.read(home))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("delete the file");
  }

  @Test
  void settingsOfAHomeThatWasNeverUsed() {
    assertThatThrownBy(() -> LocalStack.settings(home))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("No stack was ever started");
  }

  @Test
  void settingsDoNotShowPasswords() {
    Secrets secrets = Secrets.of(home);
    String shown = ConnectionSettings.of(Ports.choose(Map.of(), Map.of()), secrets).toString();
    assertThat(shown)
        .contains("jdbc:postgresql://127.0.0.1:")
        .doesNotContain(
            secrets.postgresPassword(),
            secrets.catalogPassword(),
            secrets.clickHousePassword(),
            secrets.s3SecretKey());
  }

  @Test
  @SuppressWarnings("try") // the lock is held, not used
  void theLockOfAHomeIsHeldOnce() {
    try (FolderLock lock = FolderLock.hold(home)) {
      assertThatThrownBy(() -> FolderLock.hold(home))
          .isInstanceOf(StackException.class)
          .hasMessageContaining("is already run by process " + ProcessHandle.current().pid());
    }
    FolderLock.hold(home).close();
  }

  @Test
  void anotherPidInThePostmasterFileIsReplacedButNothingElse() throws Exception {
    Path file = home.resolve("postmaster.pid");
    Process stranger = new ProcessBuilder("sleep", "60").start();
    try {
      Files.write(file, List.of(Long.toString(stranger.pid()), "/data", "17", "shared memory"));
      PostgresServer.forgetStrangersPid(file);
      assertThat(Files.readAllLines(file))
          .containsExactly(
              Long.toString(ProcessHandle.current().pid()), "/data", "17", "shared memory");
    } finally {
      stranger.destroyForcibly();
    }
  }

  @Test
  void aTreeIsDeletedWithoutFollowingLinks() throws Exception {
    Path kept = Files.createDirectories(home.resolve("kept"));
    Files.writeString(kept.resolve("file"), "x");
    Path tree = Files.createDirectories(home.resolve("tree/deep"));
    Files.createSymbolicLink(tree.resolve("link"), kept);
    PrivateFiles.deleteTree(home.resolve("tree"));
    assertThat(home.resolve("tree")).doesNotExist();
    assertThat(kept.resolve("file")).exists();
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
