package dev.walcdc.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.source.Finding;
import dev.walcdc.capture.source.Finding.Severity;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.capture.source.SourceDoctor;
import dev.walcdc.local.ConnectionSettings;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wal-cdc doctor}: what a source lacks, with the SQL to give it. */
@Command(
    name = "doctor",
    description =
        "Says what a source database lacks to be captured, with the SQL to give it; changes nothing.")
final class DoctorCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Option(
      names = "--source",
      paramLabel = "URL",
      description =
          "postgresql://USER@HOST:PORT/DATABASE, password in PGPASSWORD (default: the embedded one).")
  private String source;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    SourceConnection database = source != null ? SourceUrl.parse(source) : embedded();
    List<Finding> findings;
    try {
      findings = new SourceDoctor(database).examine(SourceTraces.NAME, OwnTables.STANDARD);
    } catch (SQLException e) {
      throw SourceTraces.unreachable(database, e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(findings));
    } else {
      print(out, database, findings);
    }
    boolean fit = findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
    return fit ? WalCdc.OK : WalCdc.NO;
  }

  private SourceConnection embedded() {
    Home home = homeOption.home();
    ConnectionSettings settings = home.settings();
    home.requireServers();
    return SourceUrl.of(null, settings);
  }

  private static void print(PrintWriter out, SourceConnection database, List<Finding> findings) {
    for (Finding finding : findings) {
      out.printf(
          "%s: %s.%n    %s%n",
          finding.severity().name().toLowerCase(Locale.ROOT), finding.problem(), finding.remedy());
    }
    long errors = findings.stream().filter(f -> f.severity() == Severity.ERROR).count();
    out.printf(errors == 0 ? "%s can be captured.%n" : "%s cannot be captured yet.%n", database);
  }
}
