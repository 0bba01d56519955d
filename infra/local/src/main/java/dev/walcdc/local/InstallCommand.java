package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs the tools that download and unpack servers. */
final class InstallCommand {

  private InstallCommand() {}

  /**
   * Runs a tool to its end: in a terminal with its progress, else into a log.
   *
   * @param log where it writes to when nobody watches
   * @param failure the sentence for a tool that ends with an error; {@code %d} stands for its
   *     status
   * @throws IOException when it cannot be run
   */
  static void run(Path log, String failure, String... command)
      throws IOException, InterruptedException {
    boolean watched = isWatched();
    ProcessBuilder builder;
    if (watched) {
      // Progress is for people and not part of what our own program prints.
      List<String> toStderr = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >&2", "sh"));
      toStderr.addAll(Arrays.asList(command));
      builder = new ProcessBuilder(toStderr).inheritIO();
    } else {
      builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    }
    Process process = builder.start();
    int status;
    try {
      status = process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw e;
    }
    if (status != 0) {
      throw new StackException(
          failure.formatted(status)
              + (watched ? "" : " The last lines of " + log + ":" + ServerProcess.tail(log, 0)));
    }
  }

  /** Whether a command ends well; its output is of no interest. */
  static boolean succeeds(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether our error output is a terminal; a Java console says that only of some Java versions.
   */
  private static boolean isWatched() throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", "test -t 2").inheritIO().start().waitFor() == 0;
  }
}
