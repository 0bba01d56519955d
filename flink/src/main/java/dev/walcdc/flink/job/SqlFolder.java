package dev.walcdc.flink.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of SQL files: {@code common.sql}, with which every job begins, and a file for each
 * table, named after it as the source has it, {@code app.users.sql}, which ends with one INSERT.
 *
 * @param folder the folder
 */
public record SqlFolder(Path folder) {

  private static final String COMMON = "common";
  private static final String SUFFIX = ".sql";

  /** The tables that there are files for, as {@code schema.table}, in order. */
  public List<String> tables() {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .filter(name -> name.indexOf('.') > 0)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read".formatted(folder), e);
    }
  }

  SqlFile common(Settings settings) {
    return SqlFile.read(folder.resolve(COMMON + SUFFIX), settings);
  }

  SqlFile table(String table, Settings settings) {
    Path file = folder.resolve(table + SUFFIX);
    if (!Files.exists(file)) {
      throw new StartRefusedException(
          "There is no %s; write one, as for the tables %s".formatted(file, tables()));
    }
    return SqlFile.read(file, settings);
  }
}
