package dev.walcdc.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.resync.ResyncJob;
import dev.walcdc.capture.resync.ResyncJob.Phase;
import dev.walcdc.capture.resync.ResyncRequest;
import dev.walcdc.capture.resync.Signal;
import dev.walcdc.capture.resync.SignalTable;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.capture.source.SourceDoctor;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.StateLog;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.local.ConnectionSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wal-cdc resync}: reads a table again while its changes go on. */
@Command(
    name = "resync",
    description =
        "Reads a table, or some of its keys, again while changes go on, and removes from the sinks what is gone at the source. It goes on by itself when the pipeline is started again.")
final class ResyncCommand implements Callable<Integer> {

  private static final long LOOK_MILLIS = 500;
  private static final int BAR = 30;

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Parameters(paramLabel = "TABLE", description = "The table with its schema: app.users.")
  private String table;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description =
          "Only these rows: comparisons of key columns with constants, AND between: id >= 10 AND id < 20.")
  private String where;

  @Option(names = "--cancel", description = "Ends the resyncs of this table that were asked for.")
  private boolean cancel;

  @Option(names = "--json", description = "Prints the end as JSON, and no progress.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    Run run = StatusCommand.lastCapture(home, "nothing to read again");
    ConnectionSettings servers = home.settings();
    ResyncRequest request = request();
    Signal signal =
        new Signal(
            UUID.randomUUID().toString(), cancel ? Signal.CANCEL : Signal.RESYNC, request.toJson());
    send(SourceUrl.of(run.source(), servers), signal);
    PrintWriter out = spec.commandLine().getOut();
    if (home.pipeline().isEmpty() || cancel) {
      asked(out, ResyncJob.of(signal.id(), request, 0), home.pipeline().isPresent());
      return WalCdc.OK;
    }
    StateLog states =
        new StateLog(
            KafkaConnection.plaintext(servers.kafka().bootstrapServers()),
            run.mode().topicPrefix() + ".positions");
    ResyncJob end = follow(states, signal.id(), out);
    print(out, end);
    return end.phase() == Phase.DONE ? WalCdc.OK : WalCdc.NO;
  }

  private ResyncRequest request() {
    int dot = table.indexOf('.');
    if (dot <= 0 || dot == table.length() - 1) {
      throw new CliException("`%s` is no table; write it as schema.table.".formatted(table));
    }
    try {
      return new ResyncRequest(
          table.substring(0, dot),
          table.substring(dot + 1),
          where == null ? null : KeyCondition.parse(where).toString(),
          "asked for by command");
    } catch (IllegalArgumentException e) {
      throw new CliException("`--where`: " + e.getMessage() + ".", e);
    }
  }

  private static void send(SourceConnection source, Signal signal) {
    OwnTables own = OwnTables.STANDARD;
    try {
      if (!new SourceDoctor(source).hasSignals(SourceTraces.NAME, own.signal())) {
        throw new CliException(
            "%s has no signal table %s that can be used; `wal-cdc doctor` has the SQL to give it."
                .formatted(source, own.signal()));
      }
      new SignalTable(source, own.signal()).send(signal);
    } catch (SQLException e) {
      throw new CliException(
          "%s does not take the request: %s.".formatted(source, e.getMessage().strip()), e);
    }
  }

  /**
   * Looks at capture's state until the resync has ended, however often capture starts meanwhile.
   */
  private ResyncJob follow(StateLog states, String id, PrintWriter out)
      throws InterruptedException {
    boolean bar = System.console() != null && !json;
    int epoch = 0;
    while (true) {
      Optional<CaptureState> state = states.last(StatusCommand.CONNECTOR);
      Optional<ResyncJob> job = state.flatMap(known -> known.resync(id));
      int now = state.map(CaptureState::epoch).orElse(0);
      if (epoch > 0 && now > epoch && job.isEmpty()) {
        throw new CliException(
            "Epoch %d has begun, and with it all tables are read again; the request went with the one before."
                .formatted(now));
      }
      epoch = epoch == 0 ? now : epoch;
      if (bar) {
        job.ifPresent(known -> show(out, known));
      }
      if (job.isPresent() && job.get().isEnded()) {
        if (bar) {
          out.println();
        }
        return job.get();
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private void asked(PrintWriter out, ResyncJob job, boolean running) throws IOException {
    if (json) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(job));
    } else {
      out.printf(
          "Asked to %s %s%s.%n",
          cancel ? "end the resyncs of" : "resync",
          table,
          running ? "" : "; it will be done once `wal-cdc up` has started the pipeline");
    }
  }

  private static void show(PrintWriter out, ResyncJob job) {
    long expected = Math.max(job.expectedRows(), job.rows());
    int filled = expected <= 0 ? 0 : (int) (BAR * job.rows() / expected);
    String state = job.message() == null ? "" : " " + job.message();
    out.printf(
        "\r\u001b[K[%s%s] %,d rows%s%s",
        "#".repeat(filled),
        ".".repeat(BAR - filled),
        job.rows(),
        job.expectedRows() > 0 ? " of about %,d".formatted(job.expectedRows()) : "",
        state);
    out.flush();
  }

  private void print(PrintWriter out, ResyncJob job) throws IOException {
    if (json) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(job));
      return;
    }
    switch (job.phase()) {
      case DONE -> out.printf("%s: %,d rows were read again.%n", table, job.rows());
      case CANCELLED -> out.printf("%s: cancelled after %,d rows; they stay.%n", table, job.rows());
      default -> out.printf("%s: not done, for %s.%n", table, job.message());
    }
  }
}
