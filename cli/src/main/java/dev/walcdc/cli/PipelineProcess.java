package dev.walcdc.cli;

import dev.walcdc.local.OwnSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pipeline, or a stage of it, as a child process that is started again whenever it ends: a
 * crash must not need an operator. Its output goes to a file.
 */
public final class PipelineProcess implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PipelineProcess.class);
  private static final Duration RESTART_PAUSE = Duration.ofSeconds(1);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(70);

  private final String name;
  private final ProcessBuilder builder;
  private final Thread keeper;
  private volatile Process process;
  private volatile boolean stopping;

  /**
   * Starts the process.
   *
   * @param name of the stage, or of the whole, for messages
   * @param heapMebibytes heap that it has at most
   * @param environment its settings, as {@link PipelineEnvironment} makes them
   * @param log file that its output is added to
   * @throws IOException if the log cannot be written or Java cannot be run
   */
  public PipelineProcess(String name, int heapMebibytes, Map<String, String> environment, Path log)
      throws IOException {
    this(name, command(heapMebibytes), environment, log);
  }

  /**
   * Starts a process of another kind beside the pipeline, which is kept in the same way.
   *
   * @param name for messages
   * @param command program and arguments; it ends with the process that {@code OWNER_PID} names
   */
  PipelineProcess(String name, List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    this.name = name;
    Files.createDirectories(log.getParent());
    builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.environment().putAll(environment);
    start();
    keeper = new Thread(this::keep, name + "-keeper");
    keeper.setDaemon(true);
    keeper.start();
  }

  /** The command that runs all stages. */
  public static List<String> command() {
    return command(PipelineProcesses.HEAP_OF_ALL_MEBIBYTES);
  }

  private static List<String> command(int heapMebibytes) {
    return OwnSession.of(
        List.of(
            Installation.java(),
            // As in the script: newer Java warns of what Netty and lz4 do to memory.
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx%dm".formatted(heapMebibytes),
            "-XX:+UseParallelGC",
            "-XX:+ExitOnOutOfMemoryError",
            // Classes that are read and verified already (JEP 350): half the time until it is up. A
            // JVM that cannot use the archive goes without, and need not tell.
            "-XX:SharedArchiveFile=" + Installation.archive(),
            "-Xshare:auto",
            "-Xlog:disable",
            "-cp",
            Installation.jar().toString(),
            "dev.walcdc.Pipeline"));
  }

  private void start() throws IOException {
    process = builder.start();
  }

  private void keep() {
    try {
      while (!stopping) {
        int code = process.waitFor();
        if (!stopping) {
          LOG.warn("{} ended with code {}, starting it again", name, code);
          TimeUnit.MILLISECONDS.sleep(RESTART_PAUSE.toMillis());
          synchronized (this) {
            if (!stopping) {
              start();
            }
          }
        }
      }
    } catch (IOException e) {
      LOG.error("{} cannot be started again", name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process that runs now. */
  public ProcessHandle process() {
    return process.toHandle();
  }

  /** Ends the process: it finishes what is in flight; after a long while it is killed. */
  @Override
  public void close() {
    synchronized (this) {
      stopping = true;
    }
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
