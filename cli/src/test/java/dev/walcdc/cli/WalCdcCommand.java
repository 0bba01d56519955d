package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.local.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The command as a user types it, in a process of its own.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it complained of
 */
record WalCdcCommand(int code, String out, String err) {

  private static final int TIMEOUT_MINUTES = 5;

  static WalCdcCommand run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), arguments);
  }

  /** A command about a home. */
  static WalCdcCommand on(Path home, String name, String... options)
      throws IOException, InterruptedException {
    return on(home, Map.of(), name, options);
  }

  static WalCdcCommand on(
      Path home, Map<String, String> environment, String name, String... options)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(name));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of("--home", home.toString()));
    return run(environment, arguments.toArray(String[]::new));
  }

  static WalCdcCommand run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Path root = Repository.root(Path.of("").toAbsolutePath()).orElseThrow();
    List<String> command = new ArrayList<>(List.of(root.resolve("wal-cdc").toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("wal-cdc", ".out");
    Path err = Files.createTempFile("wal-cdc", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      assertThat(process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)).isTrue();
      return new WalCdcCommand(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** It was done. */
  void assertDone() {
    assertThat(code).as(err).isEqualTo(WalCdc.OK);
  }

  /** It could not be done, and one sentence says why. */
  void assertRefused(String sentence) {
    assertThat(code).as(err).isEqualTo(WalCdc.FAILED);
    assertThat(err.strip().lines().filter(line -> !line.contains(" INFO ")))
        .singleElement()
        .asString()
        .startsWith("wal-cdc: ")
        .containsPattern(sentence);
  }
}
