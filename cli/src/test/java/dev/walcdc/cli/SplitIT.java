package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up --split}: a process a stage, each of which may die without the others. */
class SplitIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  @Test
  void eachStageIsAProcessThatComesBack() throws Exception {
    Home home = new Home(folder.toAbsolutePath());
    Map<String, ProcessHandle> last;
    try {
      WalCdcCommand up = command("up", "--mode", "synthetic", "--split", "--detach");
      assertThat(up.code()).as(up.err()).isEqualTo(WalCdc.OK);
      List<Run.Part> parts = home.pipeline().orElseThrow().parts();
      assertThat(parts)
          .extracting(Run.Part::name)
          .containsExactlyElementsOf(Stage.of("synthetic").stream().map(Stage::id).toList());
      assertThat(parts).extracting(Run.Part::managementPort).doesNotHaveDuplicates();
      for (Run.Part part : parts) {
        assertThat(home.logs().resolve(part.name() + ".log")).isNotEmptyFile();
        assertThat(command("env").out())
            .contains("%s_URL=".formatted(part.name().toUpperCase(Locale.ROOT).replace('-', '_')))
            .contains(":%d/observe'".formatted(part.managementPort()));
      }
      Map<String, ProcessHandle> before = processes(home);
      before.get("sink-clickhouse").destroyForcibly();
      await().atMost(PATIENCE).until(() -> processes(home).size() == parts.size() - 1);
      await().atMost(PATIENCE).until(() -> processes(home).size() == parts.size());
      Map<String, ProcessHandle> after = processes(home);
      assertThat(after.get("sink-iceberg")).isEqualTo(before.get("sink-iceberg"));
      assertThat(after.get("synthetic-events")).isEqualTo(before.get("synthetic-events"));
      await().atMost(PATIENCE).until(() -> home.pipeline().orElseThrow().isWell());
      assertThat(command("status").out()).contains("clickhouse").contains("iceberg");
      last = processes(home);
    } finally {
      assertThat(command("down").code()).isEqualTo(WalCdc.OK);
    }
    assertThat(last.values()).noneMatch(ProcessHandle::isAlive);
  }

  /** The live processes by stage, as their own environment says. */
  private static Map<String, ProcessHandle> processes(Home home) {
    ProcessHandle up = home.pipeline().orElseThrow().process().alive().orElseThrow();
    Map<String, ProcessHandle> processes = new HashMap<>();
    up.children().forEach(child -> stage(child).ifPresent(name -> processes.put(name, child)));
    return processes;
  }

  private static Optional<String> stage(ProcessHandle process) {
    try {
      return Arrays.stream(
              Files.readString(Path.of("/proc", Long.toString(process.pid()), "environ"))
                  .split("\0"))
          .filter(variable -> variable.startsWith("STAGES="))
          .map(variable -> variable.substring("STAGES=".length()))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // It ended while we looked.
    }
  }

  private WalCdcCommand command(String name, String... options) throws Exception {
    String[] arguments = new String[options.length + 3];
    arguments[0] = name;
    System.arraycopy(options, 0, arguments, 1, options.length);
    arguments[options.length + 1] = "--home";
    arguments[options.length + 2] = folder.toString();
    return WalCdcCommand.run(arguments);
  }
}
