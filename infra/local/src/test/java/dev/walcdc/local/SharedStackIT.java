package dev.walcdc.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedStackIT {
  @Test
  void startsWhatIsAskedForAndOnlyOnce() {
    LocalStack first = SharedStack.with(Server.CATALOG);
    assertThat(first.isRunning(Server.CATALOG)).isTrue();
    assertThat(first.isRunning(Server.KAFKA)).isFalse();
    assertThat(first.options().home()).startsWith(Path.of("target/stacks").toAbsolutePath());

    first.kill(Server.CATALOG);
    LocalStack second = SharedStack.with(Server.CATALOG, Server.S3);
    assertThat(second).isSameAs(first);
    assertThat(second.isRunning(Server.CATALOG)).isTrue();
    assertThat(second.isRunning(Server.S3)).isTrue();
  }

  /** As the test runs of two modules, or of one that runs two classes at once. */
  @Test
  void severalStartAtOnce() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      processes.add(start());
    }
    for (Process process : processes) {
      assertThat(process.waitFor()).as("exit code; its error output is this test's").isZero();
    }
  }

  private static Process start() throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            classPath,
            Starter.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** A JVM with a shared stack of no servers. */
  static final class Starter {
    private Starter() {}

    public static void main(String[] args) {
      SharedStack.with();
    }
  }
}
