package dev.walcdc.flink;

import dev.walcdc.flink.job.LocalCluster;
import dev.walcdc.flink.job.LogOffsets;
import dev.walcdc.flink.job.Settings;
import dev.walcdc.flink.job.SqlFolder;
import dev.walcdc.flink.job.StartRefusedException;
import dev.walcdc.flink.job.TableJob;
import dev.walcdc.flink.job.TableRun;
import dev.walcdc.flink.lake.LakeTable.FileCounts;
import dev.walcdc.flink.lake.OtherWriterException;
import dev.walcdc.process.OwnerProcess;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.iceberg.exceptions.NoSuchTableException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code flink-sql}: runs the SQL files, says how far their jobs are, and begins a table anew. The
 * main class of a FlinkDeployment, and of the laptop's process.
 */
@Command(
    name = "flink-sql",
    description = "Row changes of the log into Iceberg, by Flink SQL.",
    mixinStandardHelpOptions = true)
public final class FlinkSql {

  private static final int REFUSED = 2;
  private static final int STOPPED = 1;

  @Spec private CommandSpec spec;

  @Option(
      names = "--sql",
      paramLabel = "DIR",
      required = true,
      scope = ScopeType.INHERIT,
      description = "Folder of the SQL files: common.sql and <schema>.<table>.sql.")
  private Path sql;

  private FlinkSql() {}

  /**
   * Runs a command; see {@code --help}.
   *
   * @param args the command's words
   */
  public static void main(String[] args) {
    OwnerProcess.endWith();
    CommandLine command = new CommandLine(new FlinkSql());
    command.setExecutionExceptionHandler(
        (failure, line, parsed) -> {
          if (failure instanceof StartRefusedException || failure instanceof OtherWriterException) {
            line.getErr().println("flink-sql: " + failure.getMessage());
            return REFUSED;
          }
          throw failure;
        });
    System.exit(command.execute(args));
  }

  @Command(
      name = "run",
      description =
          "Runs the jobs of these tables, each from its newest checkpoint, until they are stopped.")
  int run(
      @Option(
              names = "--local",
              description =
                  "In a cluster within this process, instead of the one that started this program.")
          boolean local,
      @Parameters(
              arity = "0..*",
              paramLabel = "TABLE",
              description = "Tables as schema.table (default: all that there are files for).")
          List<String> chosen)
      throws Exception {
    List<String> tables = tables(chosen);
    if (!local) {
      // The cluster starts this program again when it ends.
      all(tables, new Configuration(), TableRun::runOnce);
      return STOPPED;
    }
    try (LocalCluster cluster = new LocalCluster(tables.size())) {
      all(tables, cluster.target(), TableRun::runForEver);
    }
    return STOPPED;
  }

  private interface Way {
    void run(TableRun table) throws InterruptedException;
  }

  private void all(List<String> tables, Configuration cluster, Way way)
      throws InterruptedException {
    SqlFolder folder = new SqlFolder(sql);
    Settings settings = settings();
    List<Thread> threads = new ArrayList<>();
    for (String table : tables) {
      TableRun run =
          new TableRun(
              folder,
              table,
              settings,
              cluster,
              sentence -> say("%s %s".formatted(table, sentence)));
      Thread thread = new Thread(() -> run(run, way), table);
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void run(TableRun table, Way way) {
    try {
      way.run(table);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Command(
      name = "lag",
      description =
          "Says of each table how many records wait, and what files its Iceberg table is made of.")
  int lag(
      @Parameters(
              arity = "0..*",
              paramLabel = "TABLE",
              description = "Tables as schema.table (default: all that there are files for).")
          List<String> chosen) {
    SqlFolder folder = new SqlFolder(sql);
    say("%-28s %10s %12s %12s".formatted("TABLE", "WAITING", "DATA FILES", "DELETE FILES"));
    for (String table : tables(chosen)) {
      long waiting = LogOffsets.lag(settings(), table);
      FileCounts files = files(folder, table);
      say("%-28s %,10d %,12d %,12d".formatted(table, waiting, files.data(), files.deletes()));
    }
    return 0;
  }

  private static FileCounts files(SqlFolder folder, String table) {
    try (TableJob job = TableJob.prepare(folder, table, settings(), new Configuration())) {
      return job.lake().files();
    } catch (NoSuchTableException e) {
      return new FileCounts(0, 0, 0);
    }
  }

  @Command(
      name = "rebuild",
      description =
          "Drops a table's Iceberg table and its job's checkpoints, so that the next run begins"
              + " with the log. Stop its job before.")
  int rebuild(
      @Parameters(paramLabel = "TABLE", description = "The table, as schema.table.") String table) {
    try (TableJob job =
        TableJob.prepare(new SqlFolder(sql), table, settings(), new Configuration())) {
      job.forget();
    }
    say("%s begins with the log when it is run next".formatted(table));
    return 0;
  }

  private List<String> tables(List<String> chosen) {
    return chosen == null || chosen.isEmpty() ? new SqlFolder(sql).tables() : chosen;
  }

  private static Settings settings() {
    return new Settings(System.getenv());
  }

  private void say(String line) {
    PrintWriter out = spec.commandLine().getOut();
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }
}
