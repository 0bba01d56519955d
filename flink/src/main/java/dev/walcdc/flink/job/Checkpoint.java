package dev.walcdc.flink.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * A checkpoint that is complete: Flink writes its {@code _metadata} last.
 *
 * @param number rises by one each time, over restarts too
 * @param path where it is, in Flink's own notation
 */
record Checkpoint(long number, String path) {

  private static final String FOLDER = "chk-";
  private static final String METADATA = "_metadata";

  /**
   * The newest below a folder, which has a folder for each run of the job.
   *
   * @param folder in any file system that Flink knows; need not exist
   */
  static Optional<Checkpoint> newest(String folder) {
    Path root = new Path(folder);
    try {
      FileSystem files = root.getFileSystem();
      return list(files, root)
          .flatMap(run -> complete(files, run))
          .max(Comparator.comparingLong(Checkpoint::number));
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read".formatted(folder), e);
    }
  }

  /** Deletes a folder with all that is in it. */
  static void forget(String folder) {
    Path root = new Path(folder);
    try {
      root.getFileSystem().delete(root, true);
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be deleted".formatted(folder), e);
    }
  }

  private static Stream<Checkpoint> complete(FileSystem files, FileStatus run) {
    try {
      return list(files, run.getPath())
          .filter(each -> each.getPath().getName().startsWith(FOLDER))
          .filter(each -> exists(files, new Path(each.getPath(), METADATA)))
          .map(
              each ->
                  new Checkpoint(
                      Long.parseLong(each.getPath().getName().substring(FOLDER.length())),
                      each.getPath().toString()));
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read".formatted(run.getPath()), e);
    }
  }

  private static boolean exists(FileSystem files, Path file) {
    try {
      return files.exists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read".formatted(file), e);
    }
  }

  private static Stream<FileStatus> list(FileSystem files, Path folder) throws IOException {
    if (!files.exists(folder)) {
      return Stream.of();
    }
    FileStatus[] found = files.listStatus(folder);
    return found == null ? Stream.of() : Stream.of(found);
  }
}
