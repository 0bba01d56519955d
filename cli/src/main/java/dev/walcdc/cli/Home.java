package dev.walcdc.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The folder of one local stack.
 *
 * @param folder absolute path
 */
record Home(Path folder) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SERVERS = "up-servers.json";
  private static final String PIPELINE = "up-pipeline.json";
  private static final String MODE = "mode";

  /** Makes the folders; none but their owner may look into them. */
  void make() {
    PrivateFiles.folder(folder);
    PrivateFiles.folder(logs());
  }

  Path logs() {
    return folder.resolve("logs");
  }

  DropRequest dropRequest() {
    return new DropRequest(folder.resolve("drop-at-end"));
  }

  /** How to reach the servers, whether or not they run. */
  ConnectionSettings settings() {
    return LocalStack.settings(folder);
  }

  /** The `up` that runs the servers now. */
  Optional<Run> servers() {
    return read(SERVERS).filter(Run::goesOn);
  }

  /** The `up` that runs the pipeline now. */
  Optional<Run> pipeline() {
    return read(PIPELINE).filter(Run::goesOn);
  }

  /** Refuses to go on where no `up` runs the servers. */
  void requireServers() {
    if (servers().isEmpty()) {
      throw new CliException(
          "The servers of %s are not running; start them with `wal-cdc up`.".formatted(folder));
    }
  }

  /** The last `up` with a pipeline, whether or not it runs. */
  Optional<Run> lastPipeline() {
    return read(PIPELINE);
  }

  void recordServers(Run run) {
    write(SERVERS, run);
  }

  void recordPipeline(Run run) {
    write(PIPELINE, run);
  }

  void forgetServers() {
    delete(SERVERS);
  }

  /** The mode that the home's data are of; empty while there are none. */
  Optional<Mode> mode() {
    try {
      Path file = folder.resolve(MODE);
      return Files.exists(file)
          ? Optional.of(Mode.valueOf(Files.readString(file).strip()))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Refuses a home of another mode: made-up and true rows are not to meet in one table. */
  void refuseOther(Mode mode) {
    mode()
        .filter(other -> other != mode)
        .ifPresent(
            other -> {
              throw new CliException(
                  "%s holds data of mode `%s`; use `--mode %s`, another `--home`, or delete the folder."
                      .formatted(folder, other, other));
            });
  }

  /** Makes the home one of this mode. */
  void claim(Mode mode) {
    refuseOther(mode);
    try {
      Files.writeString(folder.resolve(MODE), mode.name());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Run> read(String name) {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(file.toFile(), Run.class));
    } catch (IOException e) {
      throw new CliException(
          "%s cannot be read (%s); delete it, after you have ended what still runs."
              .formatted(file, e.getMessage().lines().findFirst().orElse("")),
          e);
    }
  }

  private void write(String name, Run run) {
    try {
      Path fresh = folder.resolve(name + ".new");
      JSON.writeValue(fresh.toFile(), run);
      Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void delete(String name) {
    try {
      Files.deleteIfExists(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
