package dev.walcdc.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.verify.ClickHouseAccess;
import dev.walcdc.verify.IcebergAccess;
import dev.walcdc.verify.LogAccess;
import dev.walcdc.verify.Patience;
import dev.walcdc.verify.QuarantineAccess;
import dev.walcdc.verify.Verifier;
import dev.walcdc.verify.VerifyException;
import dev.walcdc.verify.VerifyReport;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.iceberg.jdbc.JdbcCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wal-cdc verify}: whether PostgreSQL, ClickHouse and Iceberg agree row by row. */
@Command(
    name = "verify",
    description =
        "Compares PostgreSQL with ClickHouse and Iceberg, row by row; rows that differ are looked at again until they settle or do not, or, with --exact, all rows at one moment. Rows with a change in quarantine do not agree.")
final class VerifyCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Option(
      names = "--table",
      paramLabel = "REGEX",
      defaultValue = ".*",
      description = "Only tables whose schema.table matches as a whole.")
  private String table;

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long a row that differs may take to settle (default: ${DEFAULT-VALUE}).")
  private int settleSeconds;

  @Option(
      names = "--exact",
      description =
          "Compares each table at one moment, with what the log brought since laid over it: exact also for rows that change all the time.")
  private boolean exact;

  @Option(
      names = "--resync",
      description =
          "Compares exactly, has capture read again what differs, waits for that and compares again.")
  private boolean resync;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "With --exact and --resync: how long capture and the sinks may take, for each table, to come to the moment (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    Run run = StatusCommand.lastCapture(home, "no source to compare with");
    home.requireServers();
    VerifyReport report = verify(home.settings(), run);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    } else {
      print(out, report);
    }
    return report.agrees() ? WalCdc.OK : WalCdc.NO;
  }

  private VerifyReport verify(ConnectionSettings servers, Run run) {
    ConnectionSettings.ClickHouse clickHouse = servers.clickHouse();
    Pattern pattern = pattern();
    KafkaConnection brokers = KafkaConnection.plaintext(servers.kafka().bootstrapServers());
    String prefix = run.mode().topicPrefix();
    try (JdbcCatalog lake = Lake.open(servers)) {
      Verifier verifier =
          new Verifier(
              SourceUrl.of(run.source(), servers),
              ClickHouseAccess.perSchema(
                  clickHouse.url(), clickHouse.user(), clickHouse.password()),
              IcebergAccess.perSchema(lake),
              new QuarantineAccess(brokers, prefix));
      List<TableName> tables =
          verifier.publishedTables(SourceTraces.NAME, OwnTables.STANDARD, pattern);
      if (tables.isEmpty()) {
        throw new CliException(
            "No table of publication `%s` matches `%s`.".formatted(SourceTraces.NAME, table));
      }
      LogAccess log = new LogAccess(brokers, prefix, StatusCommand.CONNECTOR);
      Duration wait = Duration.ofSeconds(timeoutSeconds);
      if (resync) {
        return verifier.verifyAndResync(tables, log, OwnTables.STANDARD.signal(), wait);
      }
      if (exact) {
        return verifier.verifyExactly(tables, log, wait);
      }
      return verifier.verify(tables, Patience.of(Duration.ofSeconds(settleSeconds)));
    } catch (VerifyException e) {
      throw new CliException(e.getMessage(), e);
    }
  }

  private Pattern pattern() {
    try {
      return Pattern.compile(table);
    } catch (PatternSyntaxException e) {
      throw new CliException(
          "`--table %s` is no regular expression: %s.".formatted(table, e.getDescription()), e);
    }
  }

  private static void print(PrintWriter out, VerifyReport report) {
    for (VerifyReport.Table compared : report.tables()) {
      VerifyReport.Moment moment = compared.moment();
      out.printf(
          "%s: %,d rows in PostgreSQL%s%n",
          compared.table(),
          compared.rows(),
          moment == null
              ? ""
              : " at snapshot %s, LSN %s (%,d rows and %,d records read, %.1f s)"
                  .formatted(
                      moment.snapshot(),
                      moment.lsn(),
                      moment.rowsRead(),
                      moment.recordsRead(),
                      compared.seconds()));
      for (VerifyReport.Sink sink : compared.sinks()) {
        VerifyReport.Place place = moment == null ? null : moment.places().get(sink.sink());
        out.printf("  %-11s %s%s%n", sink.sink(), verdict(sink), at(place));
        sink.differences()
            .forEach(row -> out.printf("    %s %s %s%n", row.kind(), row.row(), row.columns()));
      }
    }
    for (VerifyReport.Quarantined row : report.quarantined()) {
      out.printf(
          "%s: key %s is in quarantine of %s, %d letters from %s on: %s%n",
          row.table(),
          row.key() == null ? "(none)" : row.key(),
          row.sink(),
          row.letters().size(),
          row.letters().get(0),
          row.reason());
    }
    if (report.resyncs() != null) {
      report
          .resyncs()
          .forEach(
              done ->
                  out.printf(
                      "Resynced %s where %s: %s, %,d rows%s%n",
                      done.table(),
                      done.where() == null ? "(all)" : done.where(),
                      done.phase(),
                      done.rows(),
                      done.message() == null ? "" : ", " + done.message()));
    }
    out.printf(
        "%s in %.1f s.%n", report.agrees() ? "All agree" : "They do NOT agree", report.seconds());
    out.flush();
  }

  private static String at(VerifyReport.Place place) {
    if (place == null) {
      return "";
    }
    return place.from().equals(place.to())
        ? ", at offsets " + place.from()
        : ", between offsets %s and %s".formatted(place.from(), place.to());
  }

  private static String verdict(VerifyReport.Sink sink) {
    if (sink.problem() != null) {
      return "cannot be compared: " + sink.problem();
    }
    String remark = sink.remark() == null ? "" : " (" + sink.remark() + ")";
    return sink.differing() == 0
        ? "agrees" + remark
        : "DIFFERS in %,d rows%s".formatted(sink.differing(), remark);
  }
}
