package dev.walcdc.cli;

import dev.walcdc.local.LocalStack;
import dev.walcdc.local.Server;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wal-cdc down}: stops what `up` started. */
@Command(name = "down", description = "Stops the pipeline and the local servers; their data stay.")
final class DownCommand implements Callable<Integer> {

  private static final int STOP_SECONDS = 120;

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Option(
      names = "--drop",
      description =
          "Removes the replication slot and the publication from the source, so that nothing holds its WAL.")
  private boolean drop;

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    Optional<Run> servers = home.servers();
    Optional<Run> pipeline = home.pipeline();
    if (drop) {
      drop(home, pipeline);
    }
    if (pipeline.isPresent()) {
      stop(pipeline.get());
    }
    if (servers.isPresent()) {
      stop(servers.get());
    }
    Set<Server> left = LocalStack.stopLeftovers(home.folder());
    if (pipeline.isEmpty() && servers.isEmpty() && left.isEmpty()) {
      out().printf("Nothing of %s was running.%n", home.folder());
    } else {
      out().println("Stopped.");
    }
    return WalCdc.OK;
  }

  private static void stop(Run run) throws InterruptedException, ExecutionException {
    ProcessHandle process = run.process().orElse(null);
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new CliException(
          "Process %d did not end within %d s; look at its log, and end it with `kill -9 %d`."
              .formatted(run.pid(), STOP_SECONDS, run.pid()),
          e);
    }
  }

  /**
   * While a pipeline reads the slot only its own `up` can drop it, after the pipeline has ended.
   */
  private static void drop(Home home, Optional<Run> pipeline) {
    if (pipeline.isPresent()) {
      home.askToDrop();
      return;
    }
    Run last =
        home.lastPipeline()
            .filter(run -> run.mode() == Mode.CDC)
            .orElseThrow(
                () ->
                    new CliException(
                        "%s never captured a source; leave out `--drop`."
                            .formatted(home.folder())));
    if (last.source() == null && home.servers().isEmpty()) {
      throw new CliException(
          "The embedded PostgreSQL is not running; start it with `wal-cdc up --servers-only`, or leave out `--drop`.");
    }
    SourceTraces.drop(SourceUrl.of(last.source(), home.settings()));
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
