package dev.walcdc.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Real servers on 127.0.0.1 as child processes. One stack holds one home folder; data, ports and
 * passwords stay there from one start to the next. The children outlive this JVM when it is killed:
 * the next {@link #start()} on the same home, or {@link #stopLeftovers(Path)}, ends them first.
 *
 * <p>Safe for use by several threads. Every failure is a {@link StackException} whose message is
 * meant for people.
 */
public final class LocalStack implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);

  private final LocalStackOptions options;
  private FolderLock lock;
  private Map<Server, LocalServer> servers = Map.of();
  private ConnectionSettings settings;

  /**
   * Makes a stack that does not run yet and holds nothing.
   *
   * @param options what to run and where
   */
  public LocalStack(LocalStackOptions options) {
    this.options = options;
  }

  /**
   * Takes the home, ends what an earlier stack left there, and starts the servers of the options at
   * the same time. Returns when every one has answered a request. When one fails, all are stopped
   * and the home is given up.
   *
   * @throws StackException when the home is in use, the machine lacks something, or a server does
   *     not start
   */
  public void start() {
    open();
    try {
      startAll(options.servers());
    } catch (RuntimeException | Error e) {
      try {
        stop();
      } catch (RuntimeException stopping) {
        e.addSuppressed(stopping);
      }
      throw e;
    }
  }

  /**
   * Stops every server that runs, cleanly and at the same time, and gives up the home. Data stay.
   * May be followed by {@link #start()}.
   */
  public void stop() {
    end(LocalServer::stop);
  }

  /** Kills every server that runs (SIGKILL) and gives up the home; for data that nobody wants. */
  void abandon() {
    end(LocalServer::kill);
  }

  private synchronized void end(Consumer<LocalServer> how) {
    if (lock == null) {
      return;
    }
    try {
      inParallel(servers.values(), how);
    } finally {
      FolderLock held = lock;
      lock = null;
      held.close();
    }
  }

  /** Stops, as {@link #stop()}. */
  @Override
  public void close() {
    stop();
  }

  /**
   * Starts one server, on its own port and data; does nothing when it runs. It need not be one of
   * the options' servers.
   *
   * @param server which
   * @throws StackException when the stack was not started, or the server does not start
   */
  public void start(Server server) {
    server(server).start();
  }

  /**
   * Stops one server cleanly; does nothing when it does not run.
   *
   * @param server which
   * @throws StackException when the stack was not started
   */
  public void stop(Server server) {
    server(server).stop();
  }

  /**
   * Kills one server (SIGKILL), as a fault would; does nothing when it does not run.
   *
   * @param server which
   * @throws StackException when the stack was not started
   */
  public void kill(Server server) {
    server(server).kill();
  }

  /**
   * Says whether a server's process runs.
   *
   * @param server which
   * @return false as well when the stack was not started
   */
  public boolean isRunning(Server server) {
    Map<Server, LocalServer> current;
    synchronized (this) {
      current = lock == null ? Map.of() : servers;
    }
    return current.containsKey(server) && current.get(server).isRunning();
  }

  /**
   * Returns how to reach the servers, also those that are down.
   *
   * @return the settings, never null
   * @throws StackException when the stack was never started
   */
  public synchronized ConnectionSettings settings() {
    if (settings == null) {
      throw notStarted();
    }
    return settings;
  }

  /**
   * Returns what the stack was made with.
   *
   * @return the options, never null
   */
  public LocalStackOptions options() {
    return options;
  }

  /**
   * Reads how to reach the servers of a home, for a process other than the one that runs them.
   *
   * @param home a home in which a stack was started before
   * @return the settings, whether or not the servers run
   * @throws StackException when there never was a stack
   */
  public static ConnectionSettings settings(Path home) {
    Path folder = home.toAbsolutePath().normalize();
    Map<Port, Integer> known = StackState.read(folder).ports();
    if (!known.keySet().equals(EnumSet.allOf(Port.class))
        || !Files.exists(folder.resolve(Secrets.FILE))) {
      throw new StackException(
          "No stack was ever started in %s: start one first.".formatted(folder));
    }
    return ConnectionSettings.of(Ports.choose(known, Map.of()), Secrets.of(folder));
  }

  /**
   * Says whether a server of a home runs, for a process other than the one that runs it.
   *
   * @param home the stack's home
   * @param server which
   * @return whether its process, as the home recorded it, is there; it may still be starting
   * @throws StackException when the home's state cannot be read
   */
  public static boolean isRunning(Path home, Server server) {
    return StackState.read(home.toAbsolutePath().normalize())
        .process(server)
        .flatMap(ProcessIdentity::alive)
        .isPresent();
  }

  /**
   * Ends the servers of a stack whose own process was killed: exactly those processes that it
   * recorded and that are still the same ones, cleanly.
   *
   * @param home the stack's home
   * @return the servers that were ended, perhaps none
   * @throws StackException when a live process still runs the stack
   */
  @SuppressWarnings("try") // the lock is held, not used
  public static Set<Server> stopLeftovers(Path home) {
    Path folder = home.toAbsolutePath().normalize();
    if (!Files.exists(folder.resolve(StackState.FILE))) {
      return Set.of();
    }
    try (FolderLock held = FolderLock.hold(folder)) {
      return endRecorded(StackState.read(folder));
    }
  }

  /**
   * Finds the process that runs the stack of a home, or starts or stops it at the moment.
   *
   * @param home the stack's home
   * @return the process; empty when none does, whether or not servers were left behind
   * @throws StackException when the home cannot be read
   */
  public static Optional<ProcessHandle> owner(Path home) {
    return FolderLock.holder(home.toAbsolutePath().normalize());
  }

  /**
   * Picks a port of 127.0.0.1 that is free now, for a process beside the servers.
   *
   * @return its number, below those that outgoing connections take
   */
  public static int freePort() {
    return Ports.anyFree(Set.of());
  }

  private static Set<Server> endRecorded(StackState state) {
    Map<Server, ProcessIdentity> recorded = state.processes();
    Set<Server> ended = EnumSet.noneOf(Server.class);
    recorded.forEach(
        (server, process) -> {
          if (process.alive().isPresent()) {
            ended.add(server);
          }
        });
    inParallel(
        recorded.keySet(),
        server -> {
          ServerProcess.end(
              recorded.get(server), LocalServer.stopSignals(server), LocalServer.patience());
          state.ended(server);
        });
    return ended;
  }

  /** Starts servers at the same time; those that run stay as they are. */
  void startAll(Collection<Server> wanted) {
    inParallel(wanted, server -> server(server).start());
  }

  private synchronized void open() {
    if (lock != null) {
      throw new StackException(
          "The stack in %s is already started: stop it first.".formatted(options.home()));
    }
    Platform.current();
    PrivateFiles.folder(options.home());
    FolderLock held = FolderLock.hold(options.home());
    try {
      requireSpace();
      StackState state = StackState.read(options.home());
      Set<Server> leftovers = endRecorded(state);
      if (!leftovers.isEmpty()) {
        LOG.info("Ended {} of an earlier stack in {}", leftovers, options.home());
      }
      Ports ports = Ports.choose(options.ports(), state.ports());
      state.ports(ports.numbers());
      Secrets secrets = Secrets.of(options.home());
      Map<Server, LocalServer> all = new EnumMap<>(Server.class);
      all.put(Server.POSTGRES, new PostgresServer(Server.POSTGRES, options, ports, secrets, state));
      all.put(Server.CATALOG, new PostgresServer(Server.CATALOG, options, ports, secrets, state));
      all.put(Server.KAFKA, new KafkaServer(options, ports, secrets, state));
      all.put(Server.CLICKHOUSE, new ClickHouseServer(options, ports, secrets, state));
      all.put(Server.S3, new S3Server(options, ports, secrets, state));
      settings = ConnectionSettings.of(ports, secrets);
      all.put(Server.TRINO, new TrinoServer(options, ports, secrets, state, settings));
      servers = all;
      lock = held;
    } finally {
      if (lock == null) {
        held.close();
      }
    }
  }

  private void requireSpace() {
    try {
      long free = Files.getFileStore(options.home()).getUsableSpace();
      if (free < options.minimumFreeBytes()) {
        throw new StackException(
            ("Only %s are free for %s and the local stack wants %s: free some space, or choose a home"
                    + " on another disk.")
                .formatted(size(free), options.home(), size(options.minimumFreeBytes())));
      }
    } catch (IOException e) {
      throw new StackException(
          "The free space for %s cannot be found out (%s): choose a home on a local disk."
              .formatted(options.home(), e),
          e);
    }
  }

  private static String size(long bytes) {
    return "%.1f GB".formatted(bytes / 1e9);
  }

  private synchronized LocalServer server(Server server) {
    if (lock == null) {
      throw notStarted();
    }
    return servers.get(server);
  }

  private StackException notStarted() {
    return new StackException(
        "The stack in %s is not started: start it first.".formatted(options.home()));
  }

  /** Does something for each at the same time; waits for all; throws the first failure. */
  private static <T> void inParallel(Collection<T> each, Consumer<T> action) {
    if (each.isEmpty()) {
      return;
    }
    ExecutorService threads = Executors.newFixedThreadPool(each.size());
    try {
      List<Future<?>> running = new ArrayList<>();
      each.forEach(one -> running.add(threads.submit(() -> action.accept(one))));
      RuntimeException failure = null;
      for (Future<?> one : running) {
        RuntimeException e = outcome(one, threads);
        if (failure == null) {
          failure = e;
        } else if (e != null) {
          failure.addSuppressed(e);
        }
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      threads.shutdown();
    }
  }

  private static RuntimeException outcome(Future<?> task, ExecutorService threads) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return null;
        } catch (ExecutionException e) {
          return e.getCause() instanceof RuntimeException r
              ? r
              : new StackException("The local stack failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
          interrupted = true; // pass it on: the others give up as well, and we still wait for them
          threads.shutdownNow();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
