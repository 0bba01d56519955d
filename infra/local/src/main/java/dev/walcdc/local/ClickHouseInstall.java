package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** ClickHouse's server: inside a Python wheel, installed once for all stacks. */
final class ClickHouseInstall {
  static final String VERSION = "26.9.0";

  private ClickHouseInstall() {}

  /**
   * Returns the Python that has the wheel.
   *
   * @param log where the installer writes to when nobody watches
   */
  @SuppressWarnings("try") // the lock is held, not used
  static Path install(LocalStackOptions options, Path log) throws InterruptedException {
    Path folder = options.serversFolder().resolve("clickhouse-" + VERSION);
    Path python = folder.resolve("bin/python");
    Path done = folder.resolve("installed");
    if (isUsable(python, done)) {
      return python;
    }
    requirePython(options.pythonCommand());
    Path servers = PrivateFiles.folder(options.serversFolder());
    try (FolderLock lock = FolderLock.await(servers)) {
      if (isUsable(python, done)) {
        return python;
      }
      PrivateFiles.deleteTree(folder); // a virtual environment cannot be moved: no draft here
      run(log, "made", options.pythonCommand(), "-m", "venv", folder.toString());
      run(
          log,
          "filled",
          python.toString(),
          "-m",
          "pip",
          "install",
          "--disable-pip-version-check",
          "--no-deps",
          "--only-binary=:all:",
          "chdb-core==" + VERSION);
      Files.createFile(done);
      return python;
    } catch (IOException e) {
      throw new StackException(
          "ClickHouse cannot be installed in %s (%s): free some space and start again."
              .formatted(folder, e),
          e);
    }
  }

  /** A newer Python of the system breaks an environment that was made with the older. */
  private static boolean isUsable(Path python, Path done) throws InterruptedException {
    return Files.exists(done)
        && succeeds(
            python.toString(),
            "-I",
            "-c",
            "import importlib.util as u, sys; sys.exit(u.find_spec('chdb') is None)");
  }

  static void requirePython(String command) throws InterruptedException {
    String needed = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))";
    if (!succeeds(command, "-c", needed)) {
      throw new StackException(
          ("Python 3 with venv was not found as \"%s\", and ClickHouse's server comes as a Python"
                  + " package: install it, e.g. apt-get install python3-venv, and start again.")
              .formatted(command));
    }
  }

  private static boolean succeeds(String... command) throws InterruptedException {
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

  private static void run(Path log, String done, String... command)
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
          ("ClickHouse's Python environment could not be %s (status %d): see that pip can download"
                  + " chdb-core %s for this machine, and start again.%s")
              .formatted(
                  done,
                  status,
                  VERSION,
                  watched ? "" : " The last lines of " + log + ":" + ServerProcess.tail(log, 0)));
    }
  }
}
