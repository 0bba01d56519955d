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
 * The pipeline as a child process that is started again whenever it ends: a crash must not need an
 * operator. Its output goes to a file.
 */
public final class PipelineProcess implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PipelineProcess.class);
  private static final Duration RESTART_PAUSE = Duration.ofSeconds(1);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(70);

  private final ProcessBuilder builder;
  private final Thread keeper;
  private volatile Process process;
  private volatile boolean stopping;

  /**
   * Starts the pipeline.
   *
   * @param environment its settings, as {@link PipelineEnvironment} makes them
   * @param log file that its output is added to
   * @throws IOException if the log cannot be written or Java cannot be run
   */
  public PipelineProcess(Map<String, String> environment, Path log) throws IOException {
    Files.createDirectories(log.getParent());
    builder =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.environment().putAll(environment);
    start();
    keeper = new Thread(this::keep, "pipeline-keeper");
    keeper.setDaemon(true);
    keeper.start();
  }

  /** The command that runs the pipeline, in a JVM with the class path of this one. */
  public static List<String> command() {
    return OwnSession.of(
        List.of(
            Installation.java(),
            // As in the script: newer Java warns of what Netty and lz4 do to memory.
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx1g",
            "-XX:+UseParallelGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path"),
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
          LOG.warn("The pipeline ended with code {}, starting it again", code);
          TimeUnit.MILLISECONDS.sleep(RESTART_PAUSE.toMillis());
          synchronized (this) {
            if (!stopping) {
              start();
            }
          }
        }
      }
    } catch (IOException e) {
      LOG.error("The pipeline cannot be started again", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process that runs now. */
  public ProcessHandle process() {
    return process.toHandle();
  }

  /** Ends the pipeline: it finishes what is in flight; after a long while it is killed. */
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
