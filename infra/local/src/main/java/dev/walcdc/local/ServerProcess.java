package dev.walcdc.local;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A child process of a server. It has a session of its own; its input is empty and its output goes
 * to a file, so that it holds nothing of ours open.
 */
final class ServerProcess {
  /** How a server is asked to end. */
  enum Signal {
    TERM,
    INT,
    QUIT
  }

  private static final long LOG_LIMIT = 16L << 20;
  private static final int TAIL_LINES = 12;
  private static final int TAIL_BYTES = 8192;

  private final Process process;
  private final ProcessIdentity identity;
  private final Path log;
  private final long logStart;

  private ServerProcess(Process process, ProcessIdentity identity, Path log, long logStart) {
    this.process = process;
    this.identity = identity;
    this.log = log;
    this.logStart = logStart;
  }

  /**
   * Starts a process.
   *
   * @param title its server's name for messages
   * @param command the command with arguments; no secrets, everyone can read it
   * @param folder its working folder
   * @param log file to append its output to
   */
  static ServerProcess start(String title, List<String> command, Path folder, Path log) {
    return start(title, command, Map.of(), folder, log);
  }

  /**
   * Starts a process that is told things by its environment.
   *
   * @param environment variables besides those of our own; secrets may be among them, for only its
   *     own user can read them
   */
  static ServerProcess start(
      String title, List<String> command, Map<String, String> environment, Path folder, Path log) {
    try {
      if (Files.exists(log) && Files.size(log) > LOG_LIMIT) {
        Files.move(
            log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
      }
      long logStart = Files.exists(log) ? Files.size(log) : 0;
      ProcessBuilder builder =
          new ProcessBuilder(OwnSession.of(command))
              .directory(folder.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      // What was meant for our own JVM, or for PostgreSQL's and Python's tools, is not for a
      // server.
      builder
          .environment()
          .keySet()
          .removeIf(
              name ->
                  name.startsWith("PG")
                      || name.startsWith("PYTHON")
                      || name.endsWith("JAVA_OPTIONS")
                      || name.equals("JAVA_TOOL_OPTIONS")
                      || name.equals("CLASSPATH"));
      builder.environment().putAll(environment);
      Process process = builder.start();
      ProcessIdentity identity =
          ProcessIdentity.of(process.pid()).orElse(new ProcessIdentity(process.pid(), "ended"));
      return new ServerProcess(process, identity, log, logStart);
    } catch (IOException e) {
      throw new StackException(
          "%s cannot be started (%s): see that %s can be run here."
              .formatted(title, e.getMessage(), command.get(0)),
          e);
    }
  }

  ProcessIdentity identity() {
    return identity;
  }

  boolean isAlive() {
    // Both: each learns of the end a little later than the other now and then.
    return process.isAlive() && identity.alive().isPresent();
  }

  /** Waits for the end; returns the exit status, or -1 when the time passed first. */
  int await(Duration timeout) throws InterruptedException {
    return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
  }

  /**
   * Waits for the end of a process that is to end by itself, and kills it when it does not or when
   * we are interrupted; returns the exit status, or -1 when it was killed.
   */
  int awaitOrKill(Duration timeout) throws InterruptedException {
    try {
      int status = await(timeout);
      if (status < 0) {
        kill(identity);
      }
      return status;
    } catch (InterruptedException e) {
      kill(identity);
      throw e;
    }
  }

  /** The last lines that this process wrote to its log, indented; empty when it wrote none. */
  String tail() {
    return tail(log, logStart);
  }

  static String tail(Path log, long from) {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long start = Math.max(from, file.length() - TAIL_BYTES);
      byte[] bytes = new byte[(int) (file.length() - start)];
      file.seek(start);
      file.readFully(bytes);
      List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
      StringBuilder text = new StringBuilder();
      for (String line : lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())) {
        text.append("\n    ").append(line);
      }
      return text.toString();
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Ends a process: asks, waits, asks more firmly if there is a way, and kills it in the end.
   *
   * @param process the process to end; this process may have been started by another JVM
   * @param asking signals to try in order
   * @param patience how long to wait after each
   */
  static void end(ProcessIdentity process, List<Signal> asking, Duration patience) {
    for (Signal signal : asking) {
      if (process.alive().isEmpty()) {
        return;
      }
      send(process, signal);
      if (awaitEnd(process, patience)) {
        return;
      }
    }
    kill(process);
  }

  /** Kills a process at once (SIGKILL) and waits until it is gone. */
  static void kill(ProcessIdentity process) {
    process.alive().ifPresent(ProcessHandle::destroyForcibly);
    awaitEnd(process, Duration.ofSeconds(30));
  }

  private static void send(ProcessIdentity process, Signal signal) {
    if (signal == Signal.TERM) {
      process.alive().ifPresent(ProcessHandle::destroy);
      return;
    }
    try { // Java knows no other signal; kill is built into every shell
      new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(signal, process.pid()))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      process.alive().ifPresent(ProcessHandle::destroy);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean awaitEnd(ProcessIdentity process, Duration patience) {
    CompletableFuture<?> end =
        process
            .alive()
            .<CompletableFuture<?>>map(ProcessHandle::onExit)
            .orElseGet(() -> CompletableFuture.completedFuture(null));
    try {
      end.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return process.alive().isEmpty();
    } catch (InterruptedException e) {
      // Whoever interrupts wants us to hurry: go on to the next, firmer step.
      Thread.currentThread().interrupt();
      return process.alive().isEmpty();
    }
  }
}
