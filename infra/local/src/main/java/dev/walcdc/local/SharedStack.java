package dev.walcdc.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stack for all tests of a JVM: {@code SharedStack.with(CLICKHOUSE).settings()}. Servers start
 * when first asked for and run until the JVM ends, also when it is killed; data are gone then
 * (after a kill with the next run), logs stay until the next run. A test must use names of its own
 * (tables, topics, slots), as it shares the servers with others.
 *
 * <p>The home is {@code target/stacks/<process id>} of the module under test. The system property
 * {@code walcdc.servers} names another servers folder than {@code .servers} of the repository.
 */
public final class SharedStack {
  private static final Logger LOG = LoggerFactory.getLogger(SharedStack.class);
  private static LocalStack stack;

  private SharedStack() {}

  /**
   * Returns the running stack of this JVM, with at least these servers up. A server that a test has
   * stopped or killed is started again. Safe for use by several threads.
   *
   * @param servers what the caller needs
   * @return the stack; not to be closed by the caller
   * @throws StackException when a server does not start
   */
  public static synchronized LocalStack with(Server... servers) {
    if (stack == null) {
      stack = open();
    }
    stack.startAll(Arrays.asList(servers));
    return stack;
  }

  private static LocalStack open() {
    Path here = Path.of("").toAbsolutePath();
    Path repository =
        Repository.root(here)
            .orElseThrow(
                () ->
                    new StackException(
                        "The tests run in %s, outside of the repository: run them from a module of it."
                            .formatted(here)));
    Path stacks = here.resolve("target/stacks");
    try {
      Files.createDirectories(stacks);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path home = stacks.resolve(Long.toString(ProcessHandle.current().pid()));
    LocalStackOptions.Builder builder = LocalStackOptions.builder(repository).home(home).servers();
    String servers = System.getProperty("walcdc.servers", "");
    if (!servers.isBlank()) {
      builder.serversFolder(Path.of(servers));
    }
    LocalStack opened = new LocalStack(builder.build());
    OrphanGuard.watch(home);
    open(opened, stacks);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  opened.abandon();
                  deleteData(home);
                },
                "shared-stack-end"));
    return opened;
  }

  /** One at a time: a stack whose home is not locked yet looks like one that was left. */
  @SuppressWarnings("try") // the lock is held, not used
  private static void open(LocalStack stack, Path stacks) {
    try (FolderLock held = FolderLock.await(stacks)) {
      sweep(stacks);
      stack.start();
    }
  }

  /** Removes what earlier test runs left, also those that were killed. */
  private static void sweep(Path stacks) {
    try (DirectoryStream<Path> homes = Files.newDirectoryStream(stacks, Files::isDirectory)) {
      for (Path home : homes) {
        try {
          LocalStack.stopLeftovers(home);
          PrivateFiles.deleteTree(home);
        } catch (StackException e) {
          LOG.debug("{} stays: {}", home, e.getMessage());
        }
      }
    } catch (IOException e) {
      LOG.warn("Data of earlier tests stay in {}: {}", stacks, e.toString());
    }
  }

  private static void deleteData(Path home) {
    for (Server server : Server.values()) {
      try {
        PrivateFiles.deleteTree(home.resolve(server.key()));
      } catch (IOException e) {
        LOG.warn("Data stay in {}: {}", home, e.toString());
      }
    }
  }
}
