package dev.walcdc.cli;

import java.net.URISyntaxException;
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

  /** The jar of this program, whose manifest names all others that the pipeline needs. */
  static Path jar() {
    try {
      return Path.of(
          Installation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The pipeline's classes as the build leaves them for the JVM; it may be missing. */
  static Path archive() {
    return jar().resolveSibling("pipeline.jsa");
  }
}
