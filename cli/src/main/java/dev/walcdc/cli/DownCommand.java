package dev.walcdc.cli;

import dev.walcdc.local.LocalStack;
import dev.walcdc.local.Server;
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
          "Removes the replication slot, the publication and the two tables of schema walcdc from the source, so that nothing holds its WAL.")
  private boolean drop;

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    Optional<ProcessHandle> pipeline = home.pipeline().flatMap(run -> run.process().alive());
    if (drop) {
      drop(home, pipeline.isPresent());
    }
    if (pipeline.isPresent()) {
      stop(pipeline.get());
    }
    Optional<ProcessHandle> servers = LocalStack.owner(home.folder());
    if (servers.isPresent()) {
      stop(servers.get());
    }
    Set<Server> left = LocalStack.stopLeftovers(home.folder());
    if (pipeline.isEmpty() && servers.isEmpty() && left.isEmpty()) {
      spec.commandLine().getOut().printf("Nothing of %s was running.%n", home.folder());
    } else {
      spec.commandLine().getOut().println("Stopped.");
    }
    if (drop) {
      home.dropRequest()
          .failure()
          .ifPresent(
              reason -> {
                throw new CliException(reason);
              });
    }
    return WalCdc.OK;
  }

  private static void stop(ProcessHandle process) throws InterruptedException, ExecutionException {
    try {
      if (!process.destroy() && process.isAlive()) {
        throw new CliException(
            "Process %d is another user's; let that user stop it.".formatted(process.pid()));
      }
      process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new CliException(
          "Process %d did not end within %d s; look at its log, and end it with `kill -9 %d`."
              .formatted(process.pid(), STOP_SECONDS, process.pid()),
          e);
    }
  }

  /**
   * While a pipeline reads the slot only its own `up` can drop it, after the pipeline has ended and
   * before the source's server does.
   */
  private static void drop(Home home, boolean pipelineRuns) {
    Run last =
        home.lastPipeline()
            .filter(run -> run.mode() == Mode.CDC)
            .orElseThrow(
                () ->
                    new CliException(
                        "%s never captured a source; leave out `--drop`."
                            .formatted(home.folder())));
    if (pipelineRuns) {
      home.dropRequest().ask();
      return;
    }
    if (last.source() == null && home.servers().isEmpty()) {
      throw new CliException(
          "The embedded PostgreSQL is not running; start it with `wal-cdc up --servers-only`, or leave out `--drop`.");
    }
    SourceTraces.drop(SourceUrl.of(last.source(), home.settings()));
  }
}
