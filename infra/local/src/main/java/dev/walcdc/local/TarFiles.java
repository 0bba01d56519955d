package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Writes the entries of tar archives to disk. */
final class TarFiles {
  private static final int OWNER_EXECUTES = 0100;

  private TarFiles() {}

  /** Finds an entry's place, and refuses one that would leave the folder. */
  static Path place(String name, Path target) throws IOException {
    Path path = target.resolve(name).normalize();
    if (!path.startsWith(target)) {
      throw new IOException("the archive leaves its folder: " + name);
    }
    return path;
  }

  /** Writes the regular file that the stream stands at; its folder is made. */
  static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path path)
      throws IOException {
    Files.createDirectories(path.getParent());
    Files.copy(tar, path);
    boolean executable = (entry.getMode() & OWNER_EXECUTES) != 0;
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }
}
