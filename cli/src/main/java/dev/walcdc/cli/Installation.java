package dev.walcdc.cli;

import java.nio.file.Path;

/** Where this program lies. */
final class Installation {

  private Installation() {}

  /** The folder of the command and all its parts. */
  static Path root() {
    String root = System.getProperty("walcdc.root");
    if (root == null) {
      throw new CliException("Start it by its script `wal-cdc`, which says where it is installed.");
    }
    return Path.of(root);
  }

  /** The Java that runs this. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
