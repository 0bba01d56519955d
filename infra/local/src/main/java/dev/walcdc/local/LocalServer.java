package dev.walcdc.local;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server of the stack: installs and initializes itself on first use, runs as a child process,
 * is up once it answered a real request. Safe for use by several threads, which wait for each
 * other.
 */
abstract class LocalServer {
  private static final Logger LOG = LoggerFactory.getLogger(LocalServer.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PROBE_INTERVAL_MILLIS = 100;

  final Server server;
  final LocalStackOptions options;
  final Ports ports;
  final Secrets secrets;
  private final StackState state;
  private ServerProcess process;

  LocalServer(
      Server server, LocalStackOptions options, Ports ports, Secrets secrets, StackState state) {
    this.server = server;
    this.options = options;
    this.ports = ports;
    this.secrets = secrets;
    this.state = state;
  }

  /** Installs what is missing and writes configuration and first data; quick when all is there. */
  abstract void prepare() throws Exception;

  /** The command to run, after {@link #prepare()}. */
  abstract List<String> command();

  /** Variables that the process gets besides ours; the place for secrets. */
  Map<String, String> environment() {
    return Map.of();
  }

  /** How long the server may take to answer, without downloads. */
  Duration startTimeout() {
    return options.startTimeout();
  }

  /** What else to do when the server does not start, as the end of a sentence. */
  String wayOut() {
    return "";
  }

  /** Sends one real request; throws when the server is not up. */
  abstract void probe() throws Exception;

  /** Makes what must exist in the running server; called after every start. */
  abstract void initialize() throws Exception;

  /** Whether a process that ended while it started may be started once more right away. */
  boolean mayRetry(String tail) {
    return false;
  }

  /** Signals that ask a server to end, in order, each firmer than the one before. */
  static List<ServerProcess.Signal> stopSignals(Server server) {
    return switch (server) {
      // PostgreSQL: TERM would wait for every client, INT ends them, QUIT skips the checkpoint.
      case POSTGRES, CATALOG -> List.of(ServerProcess.Signal.INT, ServerProcess.Signal.QUIT);
      case KAFKA, CLICKHOUSE, S3, TRINO -> List.of(ServerProcess.Signal.TERM);
    };
  }

  static Duration patience() {
    return PATIENCE;
  }

  /** The folder of this server's data and configuration. */
  final Path folder() {
    return options.home().resolve(server.key());
  }

  final Path log() {
    return log(server.key());
  }

  final Path log(String name) {
    return PrivateFiles.folder(options.home().resolve("logs")).resolve(name + ".log");
  }

  final synchronized boolean isRunning() {
    return process != null && process.isAlive();
  }

  final synchronized void start() {
    if (isRunning()) {
      return;
    }
    long begin = System.nanoTime();
    try {
      PrivateFiles.folder(folder());
      ports.requireFree(server);
      prepare();
      // Downloads and the like are over: from here on the server itself is measured.
      long deadline = System.nanoTime() + startTimeout().toNanos();
      while (!launch(deadline)) {
        LOG.debug("{} is started once more", server.title());
      }
      initialize();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      kill();
      throw new StackException(server.title() + " was not started: interrupted.", e);
    } catch (StackException e) {
      kill();
      throw e;
    } catch (Exception e) {
      kill();
      throw new StackException(
          "%s could not be set up (%s): see %s.".formatted(server.title(), e.getMessage(), log()),
          e);
    }
    LOG.info(
        "{} is up after {} ms, process {}",
        server.title(),
        millisSince(begin),
        process.identity().pid());
  }

  final synchronized void stop() {
    if (process != null) {
      long begin = System.nanoTime();
      ServerProcess.end(process.identity(), stopSignals(server), PATIENCE);
      ended();
      LOG.info("{} stopped after {} ms", server.title(), millisSince(begin));
    }
  }

  final synchronized void kill() {
    if (process != null) {
      ServerProcess.kill(process.identity());
      ended();
    }
  }

  private static long millisSince(long begin) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }

  private void ended() {
    process = null;
    state.ended(server);
  }

  /** True once the server answers, false when it ended in a way that deserves another attempt. */
  private boolean launch(long deadline) throws InterruptedException {
    process = ServerProcess.start(server.title(), command(), environment(), folder(), log());
    state.started(server, process.identity());
    Exception last = null;
    while (System.nanoTime() < deadline) {
      if (!process.isAlive()) {
        String tail = process.tail();
        if (mayRetry(tail)) {
          TimeUnit.MILLISECONDS.sleep(PROBE_INTERVAL_MILLIS);
          return false;
        }
        throw new StackException(
            "%s ended with status %d while it started: see %s%s; its last lines:%s"
                .formatted(server.title(), process.await(PATIENCE), log(), wayOut(), tail));
      }
      try {
        probe();
        return true;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        last = e;
      }
      TimeUnit.MILLISECONDS.sleep(PROBE_INTERVAL_MILLIS);
    }
    throw new StackException(
        ("%s did not answer within %d s: see %s, or allow it more time on a busy machine%s; its last"
                + " lines:%s")
            .formatted(server.title(), startTimeout().toSeconds(), log(), wayOut(), process.tail()),
        last);
  }

  /** Throws unless something listens on the port. */
  final void connect(Port port) throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(Ports.address(), ports.get(port)), 2_000);
    }
  }
}
