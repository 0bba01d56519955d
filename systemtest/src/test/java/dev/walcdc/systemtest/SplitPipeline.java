package dev.walcdc.systemtest;

import static org.awaitility.Awaitility.await;

import dev.walcdc.Pipeline;
import dev.walcdc.Stage;
import dev.walcdc.cli.Health;
import dev.walcdc.cli.Mode;
import dev.walcdc.cli.PipelineEnvironment;
import dev.walcdc.cli.PipelineProcess;
import dev.walcdc.failpoint.FailPoint;
import dev.walcdc.local.LocalStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The pipeline as {@code wal-cdc up --split} runs it: a process a stage, each of which comes back
 * when it dies. A test may have several copies of a stage, each under a name of its own; the first
 * has the stage's. Safe for use by several threads as long as each has stages of its own.
 */
final class SplitPipeline implements AutoCloseable {

  static final String CAPTURE = Stage.CAPTURE_POSTGRES.id();
  static final String CLICKHOUSE = Stage.SINK_CLICKHOUSE.id();
  static final String ICEBERG = Stage.SINK_ICEBERG.id();
  static final List<String> STAGES = List.of(CAPTURE, CLICKHOUSE, ICEBERG);

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int HEAP_MEBIBYTES = 512;

  private final RunningPipeline servers;
  private final Map<String, String> settings;
  private final Map<String, Running> running = new ConcurrentHashMap<>();

  private record Running(PipelineProcess process, int managementPort) {}

  /**
   * @param settings environment variables of every stage, beside what {@code up} sets
   */
  SplitPipeline(RunningPipeline servers, Map<String, String> settings) {
    this.servers = servers;
    this.settings = settings;
  }

  /** Starts the three stages. */
  SplitPipeline startAll() {
    STAGES.forEach(stage -> start(stage, Map.of()));
    return this;
  }

  /** Starts a stage's first process, with more settings of its own. */
  void start(String stage, Map<String, String> more) {
    startCopy(stage, stage, more);
  }

  /** Starts a process of a stage. */
  void startCopy(String copy, String stage, Map<String, String> more) {
    int port = LocalStack.freePort();
    Map<String, String> environment =
        PipelineEnvironment.of(Mode.CDC, servers.source(), servers.settings(), ".*");
    environment.put("ICEBERG_COMMITINTERVAL", "1000");
    environment.put(Pipeline.STAGES, stage);
    environment.put("READER_NAME", copy);
    environment.put(PipelineEnvironment.MANAGEMENT_PORT, Integer.toString(port));
    environment.putAll(settings);
    environment.putAll(more);
    try {
      PipelineProcess process =
          new PipelineProcess(copy, HEAP_MEBIBYTES, environment, logs().resolve(copy + ".log"));
      running.put(copy, new Running(process, port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends one by SIGTERM. */
  void stop(String copy) {
    running.remove(copy).process().close();
  }

  /** Kills one (SIGKILL) without waiting for anything. */
  void kill(String copy) {
    process(copy).destroyForcibly();
  }

  /** Kills one and waits until its next process is there. */
  void killAndAwaitSuccessor(String copy) {
    long killed = process(copy).pid();
    kill(copy);
    awaitSuccessor(copy, killed);
  }

  private void awaitSuccessor(String copy, long pid) {
    await().atMost(PATIENCE).until(() -> process(copy).pid() != pid && process(copy).isAlive());
  }

  /** Halts one where it is (SIGSTOP): it does not know that time passes. */
  void freeze(String copy) {
    signal(copy, "STOP");
  }

  /** Lets it go on. */
  void thaw(String copy) {
    signal(copy, "CONT");
  }

  private void signal(String copy, String signal) {
    try {
      new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(signal, process(copy).pid()))
          .inheritIO()
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  ProcessHandle process(String copy) {
    return running.get(copy).process().process();
  }

  /**
   * Ends a stage and starts it with an armed fail point; waits until that was reached. After a
   * {@code halt} the stage stays ended.
   *
   * @param more settings of the armed process
   * @param provoke done once the armed process runs, for what does not happen by itself
   */
  void failAt(
      String stage,
      FailPoint point,
      int nth,
      String action,
      Map<String, String> more,
      Runnable provoke) {
    if (running.containsKey(stage)) {
      kill(stage);
      stop(stage);
    }
    LongSupplier seen = () -> said(stage, "Fail point " + point.id() + " was reached").size();
    long before = seen.getAsLong();
    Map<String, String> armed = new LinkedHashMap<>(more);
    armed.put(FailPoint.VARIABLE, "%s:%d:%s".formatted(point.id(), nth, action));
    start(stage, armed);
    provoke.run();
    await(stage + " at " + point.id()).atMost(PATIENCE).until(() -> seen.getAsLong() > before);
    if (action.equals("halt")) {
      stop(stage);
    }
  }

  /** The lines of a stage's log that say this. */
  List<String> said(String copy, String words) {
    Path log = logs().resolve(copy + ".log");
    if (!Files.exists(log)) {
      return List.of();
    }
    try (var lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> line.contains(words)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path logs() {
    return servers.home().resolve("logs");
  }

  boolean isHealthy(String copy) {
    return Health.of(running.get(copy).managementPort()) == Health.UP;
  }

  boolean isUnhealthy(String copy) {
    return Health.of(running.get(copy).managementPort()) == Health.DOWN;
  }

  void awaitHealthy(String copy) {
    await(copy + " is healthy").atMost(PATIENCE).until(() -> isHealthy(copy));
  }

  void awaitUnhealthy(String copy) {
    await(copy + " is unhealthy").atMost(PATIENCE).until(() -> isUnhealthy(copy));
  }

  void awaitHealthy() {
    running.keySet().forEach(this::awaitHealthy);
  }

  /** Ends all, at the same time; what is frozen is thawed to hear it. */
  @Override
  public void close() {
    running.keySet().forEach(this::thaw);
    running.values().parallelStream().forEach(stage -> stage.process().close());
    running.clear();
  }
}
