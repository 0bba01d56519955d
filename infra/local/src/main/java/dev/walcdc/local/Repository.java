package dev.walcdc.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the repository that the working folder is in. */
public final class Repository {
  private Repository() {}

  /**
   * Walks up from a folder to the repository's root, which has both the parent {@code pom.xml} and
   * {@code infra/local}.
   *
   * @param from any folder of the repository
   * @return the root, or empty when the folder is outside
   */
  public static Optional<Path> root(Path from) {
    for (Path folder = from.toAbsolutePath().normalize();
        folder != null;
        folder = folder.getParent()) {
      if (Files.exists(folder.resolve("pom.xml"))
          && Files.isDirectory(folder.resolve("infra/local"))) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }
}
