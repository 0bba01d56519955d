package dev.walcdc.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTest {
  @TempDir Path home;

  @Test
  void leftoversAreEndedAndStrangersAreNot() throws Exception {
    Process leftover = new ProcessBuilder("sleep", "600").start();
    Process stranger = new ProcessBuilder("sleep", "600").start();
    try {
      StackState state = StackState.read(home);
      state.started(Server.KAFKA, ProcessIdentity.of(leftover.pid()).orElseThrow());
      state.started(Server.S3, new ProcessIdentity(stranger.pid(), "another start"));

      assertThat(LocalStack.stopLeftovers(home)).isEqualTo(Set.of(Server.KAFKA));
      assertThat(leftover.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(stranger.isAlive()).isTrue();
      assertThat(StackState.read(home).processes()).isEmpty();
      assertThat(LocalStack.stopLeftovers(home)).isEmpty();
    } finally {
      leftover.destroyForcibly();
      stranger.destroyForcibly();
    }
  }

  @Test
  @SuppressWarnings("try") // the lock is held, not used
  void leftoversOfAStackThatRunsAreLeftAlone() {
    StackState.read(home).ports(Map.of(Port.S3, 20_080));
    try (FolderLock lock = FolderLock.hold(home)) {
      assertThatThrownBy(() -> LocalStack.stopLeftovers(home))
          .isInstanceOf(StackException.class)
          .hasMessageContaining("is already run by process");
    }
  }

  @Test
  void aDeafProcessIsKilledInTheEnd() throws Exception {
    Path log = home.resolve("deaf.log");
    ServerProcess deaf =
        ServerProcess.start(
            "deaf",
            List.of("sh", "-c", "trap '' TERM INT; echo ready; while :; do sleep 1; done"),
            home,
            log);
    Awaitility.await().until(() -> deaf.tail().contains("ready"));
    ServerProcess.end(
        deaf.identity(),
        List.of(ServerProcess.Signal.INT, ServerProcess.Signal.TERM),
        Duration.ofMillis(100));
    assertThat(deaf.isAlive()).isFalse();
  }

  @Test
  void aProcessThatDoesNotEndInTimeOrIsNotWaitedForIsKilled() throws Exception {
    ServerProcess slow =
        ServerProcess.start("slow", List.of("sleep", "600"), home, home.resolve("slow.log"));
    assertThat(slow.awaitOrKill(Duration.ofMillis(1))).isNegative();
    assertThat(slow.isAlive()).isFalse();

    ServerProcess left =
        ServerProcess.start("left", List.of("sleep", "600"), home, home.resolve("left.log"));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> left.awaitOrKill(Duration.ofMinutes(1)))
        .isInstanceOf(InterruptedException.class);
    assertThat(left.isAlive()).isFalse();
  }

  @Test
  void aServerHasItsOwnSessionAndTheTailIsItsOwn() throws Exception {
    Path log = home.resolve("server.log");
    Files.writeString(log, "from an earlier run\n");
    ServerProcess server =
        ServerProcess.start(
            "test", List.of("sh", "-c", "cut -d' ' -f1,6 /proc/$$/stat; cat"), home, log);
    assertThat(server.await(Duration.ofSeconds(10))).isZero(); // cat met an empty input
    String pid = Long.toString(server.identity().pid());
    if (Platform.hasCommand("setsid") && Files.exists(Path.of("/proc/self/stat"))) {
      assertThat(server.tail()).isEqualTo("\n    " + pid + " " + pid);
    }
    assertThat(Files.readString(log)).startsWith("from an earlier run\n");
  }

  @Test
  void platformsWithoutServersAreNamed() {
    assertThat(Platform.of("Linux", "aarch64")).isEqualTo(new Platform("linux", "arm64"));
    assertThat(Platform.of("Mac OS X", "x86_64")).isEqualTo(new Platform("mac", "amd64"));
    assertThatThrownBy(() -> Platform.of("Windows 11", "amd64"))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("no servers for Windows 11 on amd64");
    assertThatThrownBy(() -> Platform.of("Linux", "riscv64"))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("riscv64");
  }

  @Test
  void aMissingPythonIsOneSentence() {
    assertThatThrownBy(() -> ClickHouseServer.PACKAGE.requirePython("python-that-is-not-there"))
        .isInstanceOf(StackException.class)
        .hasMessage(
            "Python 3 with venv was not found as \"python-that-is-not-there\", and ClickHouse's server"
                + " comes as a Python package: install it, e.g. apt-get install python3-venv, and"
                + " start again.");
  }

  @Test
  void tooLittleDiskIsOneSentence() {
    LocalStack stack =
        new LocalStack(
            LocalStackOptions.builder(home)
                .home(home.resolve("small"))
                .minimumFreeBytes(Long.MAX_VALUE)
                .build());
    assertThatThrownBy(stack::start)
        .isInstanceOf(StackException.class)
        .hasMessageMatching("Only .* GB are free for .*small and the local stack wants .*: free.*");
  }

  @Test
  void missingJarsSayHowToCollectThem() {
    LocalStack stack =
        new LocalStack(
            LocalStackOptions.builder(home)
                .home(home.resolve("home"))
                .servers(Server.KAFKA)
                .build());
    assertThatThrownBy(stack::start)
        .isInstanceOf(StackException.class)
        .hasMessageContaining("mvn -q package -pl infra/local/servers/kafka");
    assertThatThrownBy(() -> stack.start(Server.KAFKA))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("is not started");
  }
}
