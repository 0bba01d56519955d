package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Trino's server: an archive of 820 MB from Maven, of which 400 MB are unpacked, once for all
 * stacks.
 */
final class TrinoInstall {
  static final String VERSION = "476";

  private static final String ARTIFACT = "io.trino:trino-server:" + VERSION + ":tar.gz";
  private static final String DOWNLOAD =
      "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

  // PostgreSQL's plugin has types of the geospatial one. HDFS is for tables of another time.
  private static final List<String> PARTS =
      List.of(
          "lib/",
          "plugin/clickhouse/",
          "plugin/geospatial/",
          "plugin/iceberg/",
          "plugin/postgresql/");
  private static final String HDFS = "plugin/iceberg/hdfs/";

  private TrinoInstall() {}

  /**
   * Returns the folder that holds {@code lib} and {@code plugin}.
   *
   * @param log where the download writes to when nobody watches
   */
  @SuppressWarnings("try") // the lock is held, not used
  static Path install(LocalStackOptions options, Path log) throws InterruptedException {
    Path folder = options.serversFolder().resolve("trino-" + VERSION);
    if (Files.exists(folder)) {
      return folder; // it gets this name only when it is complete
    }
    Path servers = PrivateFiles.folder(options.serversFolder());
    try (FolderLock lock = FolderLock.await(servers)) {
      if (!Files.exists(folder)) {
        Path draft = servers.resolve("trino-" + VERSION + ".unpacking");
        PrivateFiles.deleteTree(draft);
        Path archive = download(draft.resolve("archive"), log);
        TrinoArchive.unpack(archive, draft.resolve("server"), TrinoInstall::isWanted);
        Files.move(draft.resolve("server"), folder, StandardCopyOption.ATOMIC_MOVE);
        PrivateFiles.deleteTree(draft);
      }
      return folder;
    } catch (IOException e) {
      throw new StackException(
          "Trino cannot be installed in %s (%s): free 3 GB and start again, or leave Trino out."
              .formatted(folder, e),
          e);
    }
  }

  static boolean isWanted(String name) {
    return PARTS.stream().anyMatch(name::startsWith) && !name.startsWith(HDFS);
  }

  private static Path download(Path folder, Path log) throws IOException, InterruptedException {
    if (!Platform.hasCommand("mvn")) {
      throw new StackException(
          "Maven was not found as \"mvn\", and Trino is downloaded by it: install it and start"
              + " again, or leave Trino out.");
    }
    InstallCommand.run(
        log,
        "Trino %s could not be downloaded (status %%d): see that Maven can load %s here and that 3 GB"
                .formatted(VERSION, ARTIFACT)
            + " are free, and start again, or leave Trino out.",
        "mvn",
        "--batch-mode",
        DOWNLOAD,
        "-Dartifact=" + ARTIFACT,
        "-DoutputDirectory=" + folder);
    return folder.resolve("trino-server-" + VERSION + ".tar.gz");
  }
}
