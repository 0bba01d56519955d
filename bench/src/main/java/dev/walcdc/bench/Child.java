package dev.walcdc.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process that is measured. It is never started again: a figure of two lives is none. */
final class Child implements AutoCloseable {

  private static final int STOP_SECONDS = 70;
  private static final int TAIL_LINES = 15;

  private final String name;
  private final Path log;
  private final Process process;
  private final long startedAt;

  /**
   * Starts a process.
   *
   * @param name for messages
   * @param log file that its output goes to
   */
  Child(String name, List<String> command, Map<String, String> environment, Path folder, Path log)
      throws IOException {
    this.name = name;
    this.log = log;
    Files.createDirectories(log.getParent());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.environment().putAll(environment);
    startedAt = System.nanoTime();
    process = builder.start();
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** How it stands now. */
  Mark mark(double changes) {
    return new Mark(System.nanoTime() - startedAt, changes, Usage.cpuNanos(pid()));
  }

  /** When it was started, microseconds since 1970 UTC. */
  long startedAtMicros() {
    return WallClock.micros() - TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startedAt);
  }

  /** The last lines of its output, for a message. */
  String tail() {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      return "; see "
          + log
          + "\n    "
          + String.join(
              "\n    ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "; its output cannot be read: " + e.getMessage();
    }
  }

  /** Asks it to end and waits; kills it after a long while. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
