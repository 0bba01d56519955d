package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that comes as a Python package, installed once for all stacks in a virtual environment
 * of its own.
 *
 * @param title the program's name for messages
 * @param folder first part of the environment's folder, which the version follows
 * @param distribution name of the package in PyPI
 * @param version its version
 * @param module the module that the package holds
 */
record PythonPackage(
    String title, String folder, String distribution, String version, String module) {

  /**
   * Installs the package where it is missing.
   *
   * @param log where the installer writes to when nobody watches
   * @return the Python that has the package
   */
  @SuppressWarnings("try") // the lock is held, not used
  Path install(LocalStackOptions options, Path log) throws InterruptedException {
    Path environment = options.serversFolder().resolve(folder + "-" + version);
    Path python = environment.resolve("bin/python");
    Path done = environment.resolve("installed");
    if (isUsable(python, done)) {
      return python;
    }
    requirePython(options.pythonCommand());
    Path servers = PrivateFiles.folder(options.serversFolder());
    try (FolderLock lock = FolderLock.await(servers)) {
      if (isUsable(python, done)) {
        return python;
      }
      PrivateFiles.deleteTree(environment); // a virtual environment cannot be moved: no draft here
      InstallCommand.run(
          log, failure("made"), options.pythonCommand(), "-m", "venv", environment.toString());
      InstallCommand.run(
          log,
          failure("filled"),
          python.toString(),
          "-m",
          "pip",
          "install",
          "--disable-pip-version-check",
          "--no-deps",
          "--only-binary=:all:",
          distribution + "==" + version);
      Files.createFile(done);
      return python;
    } catch (IOException e) {
      throw new StackException(
          "%s cannot be installed in %s (%s): free some space and start again."
              .formatted(title, environment, e),
          e);
    }
  }

  private String failure(String done) {
    return ("%s's Python environment could not be %s (status %%d): see that pip can download %s %s"
            + " for this machine, and start again.")
        .formatted(title, done, distribution, version);
  }

  /** A newer Python of the system breaks an environment that was made with the older. */
  private boolean isUsable(Path python, Path done) throws InterruptedException {
    return Files.exists(done)
        && InstallCommand.succeeds(
            python.toString(),
            "-I",
            "-c",
            "import importlib.util as u, sys; sys.exit(u.find_spec('%s') is None)"
                .formatted(module));
  }

  /** Refuses to go on without a Python that can make virtual environments. */
  void requirePython(String command) throws InterruptedException {
    String needed = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))";
    if (!InstallCommand.succeeds(command, "-c", needed)) {
      throw new StackException(
          ("Python 3 with venv was not found as \"%s\", and %s comes as a Python package: install"
                  + " it, e.g. apt-get install python3-venv, and start again.")
              .formatted(command, title));
    }
  }
}
