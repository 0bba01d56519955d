package dev.walcdc.systemtest;

import static org.awaitility.Awaitility.await;

import dev.walcdc.cli.FlinkSqlProcess;
import dev.walcdc.cli.Mode;
import dev.walcdc.cli.PipelineEnvironment;
import dev.walcdc.cli.PipelineProcess;
import dev.walcdc.local.PrivateFiles;
import dev.walcdc.local.Repository;
import dev.walcdc.process.OwnerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The Flink SQL jobs of one test: the very process that {@code wal-cdc up --with flink} runs. */
final class FlinkJobs implements AutoCloseable {

  private static final Duration START = Duration.ofMinutes(3);

  private final RunningPipeline running;
  private final Path repository;
  private PipelineProcess process;

  FlinkJobs(RunningPipeline running) {
    this.running = running;
    this.repository = Repository.root(Path.of("").toAbsolutePath()).orElseThrow();
  }

  /** Starts them; they come back by themselves when they die. */
  void start() {
    try {
      process =
          FlinkSqlProcess.start(repository, pipeline(), Mode.CDC.topicPrefix(), running.home());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, String> pipeline() {
    Map<String, String> environment =
        PipelineEnvironment.of(Mode.CDC, running.source(), running.settings(), ".*");
    environment.put("FLINK_CHECKPOINT_INTERVAL", "2s");
    return environment;
  }

  /** Kills them (SIGKILL) and waits until the process is there again. */
  void kill() {
    ProcessHandle killed = process.process();
    killed.destroyForcibly();
    await()
        .atMost(START)
        .until(() -> process.process().pid() != killed.pid() && process.process().isAlive());
  }

  /** Ends them by SIGTERM. */
  void stop() {
    process.close();
    process = null;
  }

  /** Waits until the jobs have said something. */
  void awaitSaid(String sentence) {
    await(sentence).atMost(START).until(() -> log().contains(sentence));
  }

  /** How often they have said something. */
  int said(String sentence) {
    return log().split(Pattern.quote(sentence), -1).length - 1;
  }

  /** All that they have said. */
  String log() {
    try {
      Path log = running.home().resolve("logs/" + FlinkSqlProcess.NAME + ".log");
      return Files.exists(log) ? new String(Files.readAllBytes(log), StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@code flink-sql} answers to another command. */
  String ask(String... arguments) throws IOException, InterruptedException {
    Path answer = running.home().resolve("flink/answer.txt");
    ProcessBuilder builder =
        new ProcessBuilder(FlinkSqlProcess.command(repository, List.of(arguments)))
            .redirectErrorStream(true)
            .redirectOutput(answer.toFile());
    Map<String, String> environment =
        new HashMap<>(
            FlinkSqlProcess.environment(pipeline(), Mode.CDC.topicPrefix(), running.home()));
    environment.remove(OwnerProcess.VARIABLE);
    builder.environment().putAll(environment);
    builder.start().waitFor();
    return Files.readString(answer);
  }

  /** Takes the checkpoints away, as a lost disk would. */
  void loseCheckpoints() throws IOException {
    PrivateFiles.deleteTree(running.home().resolve("flink/checkpoints"));
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
  }
}
