package dev.walcdc.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.Server;
import dev.walcdc.status.StatusReader;
import dev.walcdc.status.StatusReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wal-cdc status}: how far each table is in each sink. */
@Command(name = "status", description = "Shows how far each table is in each sink.")
final class StatusCommand implements Callable<Integer> {

  /** Name of the connector, as {@code routes/application.properties} has it. */
  static final String CONNECTOR = "postgres-appdb-connector";

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    lastPipeline(home);
    home.requireServers();
    try (StatusReader reader = reader(home)) {
      StatusReport report = reader.read();
      if (json) {
        spec.commandLine()
            .getOut()
            .println(
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
      } else {
        new StatusView(spec.commandLine().getOut(), false).show(report);
        if (LocalStack.isRunning(home.folder(), Server.TRINO)) {
          spec.commandLine()
              .getOut()
              .printf("%nTrino answers at %s.%n", home.settings().trino().url());
        }
      }
    }
    return WalCdc.OK;
  }

  /** Reads the status of this home's pipeline. */
  static StatusReader reader(Home home) {
    Run run = lastPipeline(home);
    ConnectionSettings servers = home.settings();
    SourceConnection source = run.mode() == Mode.CDC ? SourceUrl.of(run.source(), servers) : null;
    return new StatusReader(
        run.mode().topicPrefix(),
        CONNECTOR,
        source,
        SourceTraces.NAME,
        servers,
        Lake.open(servers));
  }

  /** The run that says what the home is about. */
  static Run lastPipeline(Home home) {
    return home.lastPipeline()
        .orElseThrow(
            () ->
                new CliException(
                    "No pipeline ever ran in %s; start one with `wal-cdc up`."
                        .formatted(home.folder())));
  }

  /**
   * The same where it has to be one that captures.
   *
   * @param otherwise what cannot be done with one that does not
   */
  static Run lastCapture(Home home, String otherwise) {
    Run run = lastPipeline(home);
    if (run.mode() != Mode.CDC) {
      throw new CliException(
          "Changes of mode `%s` are made up: there is %s.".formatted(run.mode(), otherwise));
    }
    return run;
  }
}
