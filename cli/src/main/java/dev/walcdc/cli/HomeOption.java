package dev.walcdc.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says which local stack a command is about. */
final class HomeOption {

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description =
          "Folder of the local stack's data, settings and logs (default: .wal-cdc beside the command).")
  private Path home;

  Home home() {
    Path folder = home != null ? home : Installation.root().resolve(".wal-cdc");
    return new Home(folder.toAbsolutePath().normalize());
  }
}
