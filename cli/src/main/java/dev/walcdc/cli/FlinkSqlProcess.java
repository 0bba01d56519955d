package dev.walcdc.cli;

import dev.walcdc.local.OwnSession;
import dev.walcdc.local.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Flink SQL jobs on this machine: a child process with Flink's own libraries, none of which is
 * on any other class path. It runs the SQL files that a cluster's FlinkDeployment runs.
 */
public final class FlinkSqlProcess {

  /** Name of the process and of its log. */
  public static final String NAME = "flink-sql";

  private FlinkSqlProcess() {}

  /**
   * Starts the jobs of all tables that there are SQL files for.
   *
   * @param pipeline the pipeline's settings, as {@link PipelineEnvironment} makes them
   * @param topicPrefix first part of the topics' names
   * @param home folder of the stack, which gets the checkpoints and the log
   * @throws IOException if Java cannot be run or a folder cannot be made
   */
  public static PipelineProcess start(Map<String, String> pipeline, String topicPrefix, Path home)
      throws IOException {
    return start(Installation.root(), pipeline, topicPrefix, home);
  }

  /** As above, for a repository that the caller knows. */
  public static PipelineProcess start(
      Path repository, Map<String, String> pipeline, String topicPrefix, Path home)
      throws IOException {
    Path temporary = temporary(home);
    // Flink unpacks its planner there at each start; a killed process leaves it behind.
    PrivateFiles.deleteTree(temporary);
    PrivateFiles.folder(temporary);
    return new PipelineProcess(
        NAME,
        OwnSession.of(command(repository, List.of("run", "--local"))),
        environment(pipeline, topicPrefix, home),
        home.resolve("logs").resolve(NAME + ".log"));
  }

  /**
   * The command line of {@code flink-sql}.
   *
   * @param arguments a command and what follows it
   */
  public static List<String> command(Path repository, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(repository.resolve("flink/flink-sql").toString());
    command.addAll(arguments);
    return command;
  }

  /** The environment of that command. */
  public static Map<String, String> environment(
      Map<String, String> pipeline, String topicPrefix, Path home) {
    Map<String, String> environment = new LinkedHashMap<>(pipeline);
    environment.put("TOPIC_PREFIX", topicPrefix);
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("FLINK_TMP", temporary(home).toString());
    environment.put("FLINK_CHECKPOINTS", home.resolve("flink/checkpoints").toUri().toString());
    return environment;
  }

  /** Refuses to go on where there is nothing to start. */
  static void requireBuilt() {
    if (!Files.isDirectory(distribution(Installation.root()).resolve("lib"))) {
      throw new CliException(
          "Flink's libraries are not there; run `make build` in %s, or leave out `--with flink`."
              .formatted(Installation.root()));
    }
  }

  private static Path distribution(Path repository) {
    return repository.resolve("flink/target/dist");
  }

  private static Path temporary(Path home) {
    return home.resolve("flink/tmp");
  }
}
