package dev.walcdc.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.iceberg.maintain.LakehouseMaintenance;
import dev.walcdc.iceberg.maintain.MaintenancePolicy;
import dev.walcdc.iceberg.maintain.MaintenanceReport;
import dev.walcdc.iceberg.maintain.MaintenanceReport.TableReport;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wal-cdc maintain}: what the route maintain-lakehouse does once an interval, now. */
@Command(
    name = "maintain",
    description =
        "Puts small files of the lake's tables together, leaves out deleted rows, drops old snapshots and files that nothing names; the pipeline may run meanwhile.")
final class MaintainCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Parameters(
      paramLabel = "TABLE",
      arity = "0..1",
      description = "The table with its schema, app.users (default: all).")
  private String table;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    home.requireServers();
    MaintenanceReport report;
    try (JdbcCatalog lake = Lake.open(home.settings())) {
      report =
          new LakehouseMaintenance(lake, MaintenancePolicy.STANDARD, Clock.systemUTC())
              .run(name -> table == null || name.equals(table));
    }
    if (table != null && report.tables().isEmpty()) {
      throw new CliException(
          "The sink has written no table `%s`; write it as schema.table, or leave it out."
              .formatted(table));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    } else {
      report.tables().forEach(each -> print(out, each));
    }
    out.flush();
    return report.isDone() ? WalCdc.OK : WalCdc.NO;
  }

  private static void print(PrintWriter out, TableReport table) {
    if (table.problem() != null) {
      out.printf("%s: not done: %s%n", table.table(), table.problem());
      return;
    }
    out.printf(
        "%s: %,d data files (%,d before), %,d delete files (%,d), %,d snapshots (%,d), %,d orphans removed%n",
        table.table(),
        table.after().dataFiles(),
        table.before().dataFiles(),
        table.after().deleteFiles(),
        table.before().deleteFiles(),
        table.after().snapshots(),
        table.before().snapshots(),
        table.orphans());
  }
}
