package dev.walcdc.bench;

import dev.walcdc.iceberg.maintain.LakehouseMaintenance;
import dev.walcdc.iceberg.maintain.MaintenancePolicy;
import dev.walcdc.iceberg.maintain.MaintenanceReport;
import dev.walcdc.iceberg.maintain.MaintenanceReport.Extent;
import dev.walcdc.iceberg.maintain.MaintenanceReport.TableReport;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.LocalStackOptions;
import dev.walcdc.local.OrphanGuard;
import dev.walcdc.local.PrivateFiles;
import dev.walcdc.local.Repository;
import dev.walcdc.local.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures what a table of the lake costs its reader after many commits of the sink, before
 * maintenance and after. Trino reads; its answers must be PostgreSQL's.
 */
@Command(
    name = "maintain",
    mixinStandardHelpOptions = true,
    description = "Measures queries on a table of many commits, before maintenance and after.")
public final class MaintenanceBench implements Callable<Integer> {

  private static final long SEED = 1;
  private static final long FIRST_ID = 10_000;
  private static final int STRETCH_SECONDS = 10;
  private static final int QUERIES = 5;
  private static final double NANOS_A_MILLI = 1e6;
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  @Option(
      names = "--commits",
      defaultValue = "2000",
      description = "Commits of the sink at least (default: ${DEFAULT-VALUE}).")
  private int commits;

  @Option(
      names = "--rate",
      defaultValue = "200",
      description = "Changes a second meanwhile (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Override
  public Integer call() throws Exception {
    Path repository =
        Repository.root(Path.of(System.getProperty("walcdc.root", "")))
            .orElseThrow(() -> new BenchException("Start it by its script `bench/run`."));
    Path home = Files.createTempDirectory("wal-cdc-bench");
    System.out.println(Machine.here());
    try (LocalStack stack =
        new LocalStack(
            LocalStackOptions.builder(repository)
                .home(home)
                .servers(Server.POSTGRES, Server.KAFKA, Server.CATALOG, Server.S3)
                .build())) {
      OrphanGuard.watch(home.toAbsolutePath());
      stack.start();
      ConnectionSettings servers = stack.settings();
      try (Ledger ledger = new Ledger(servers.postgres());
          Lake lake = new Lake(servers)) {
        RowDigest truth = write(servers, home, ledger, lake);
        stack.start(Server.TRINO);
        measure(stack.settings(), lake, truth);
      }
    }
    PrivateFiles.deleteTree(home);
    return 0;
  }

  /** The real pipeline commits as often as it can while rows change. */
  private RowDigest write(ConnectionSettings servers, Path home, Ledger ledger, Lake lake)
      throws Exception {
    ledger.create(SEED);
    Map<String, String> settings = Map.of("ICEBERG_COMMITINTERVAL", "1");
    try (Pipeline.Running running =
        new Pipeline(servers, home).start("capture-postgres,sink-iceberg", settings)) {
      running.awaitUp();
      SteadyLoad load = new SteadyLoad(ledger, rate);
      long id = FIRST_ID;
      while (lake.commits().size() < commits) {
        load.write(id, STRETCH_SECONDS);
        id = SteadyLoad.idAfter(id, rate, STRETCH_SECONDS);
      }
      RowDigest truth = ledger.digest();
      Await.until(
          "the lake holds the rows of PostgreSQL",
          TIMEOUT,
          PAUSE,
          running.child(),
          () -> lake.digest().same(truth));
      pace(lake.commits());
      return truth;
    }
  }

  /** Each commit writes the list of all snapshots, so that it takes longer from one to the next. */
  private static void pace(List<Progress> history) {
    int stretch = Math.min(100, history.size() / 2);
    System.out.printf(
        "%,d commits; the first %d took %.0f ms each, the last %d took %.0f ms each%n",
        history.size(),
        stretch,
        millis(history.subList(0, stretch)),
        stretch,
        millis(history.subList(history.size() - stretch, history.size())));
  }

  private static double millis(List<Progress> commits) {
    return (commits.get(commits.size() - 1).atMicros() - commits.get(0).atMicros())
        / 1_000.0
        / (commits.size() - 1);
  }

  private static void measure(ConnectionSettings servers, Lake lake, RowDigest truth)
      throws Exception {
    Properties user = new Properties();
    user.setProperty("user", "bench");
    try (JdbcCatalog catalog = dev.walcdc.cli.Lake.open(servers);
        Connection trino = DriverManager.getConnection(servers.trino().jdbcUrl(), user)) {
      query(trino, "warm up", truth);
      query(trino, "before", truth);
      for (Duration later : List.of(Duration.ZERO, Duration.ofHours(25))) {
        String when = later.isZero() ? "maintained" : "maintained a day later";
        maintain(catalog, when, later);
        lake.digest().mustEqual(truth, "the lake, " + when + ",");
        query(trino, when, truth);
      }
    }
  }

  private static void maintain(JdbcCatalog catalog, String when, Duration later) {
    long begin = System.nanoTime();
    MaintenanceReport report =
        new LakehouseMaintenance(
                catalog, MaintenancePolicy.STANDARD, Clock.offset(Clock.systemUTC(), later))
            .run(table -> true);
    double seconds = (System.nanoTime() - begin) / NANOS_A_MILLI / 1_000;
    for (TableReport table : report.tables()) {
      if (table.problem() != null) {
        throw new BenchException(table.table() + ": " + table.problem());
      }
      System.out.printf(
          "%s in %.1f s: %s, before %s%n",
          when, seconds, extent(table.after()), extent(table.before()));
    }
  }

  private static String extent(Extent extent) {
    return "%,d data files, %,d delete files, %,d snapshots"
        .formatted(extent.dataFiles(), extent.deleteFiles(), extent.snapshots());
  }

  private static void query(Connection trino, String when, RowDigest truth) throws SQLException {
    double[] millis = new double[QUERIES];
    for (int i = 0; i < QUERIES; i++) {
      long begin = System.nanoTime();
      try (Statement statement = trino.createStatement();
          ResultSet row =
              statement.executeQuery("SELECT count(*), sum(amount) FROM iceberg.app.ledger")) {
        row.next();
        if (row.getLong(1) != truth.count()) {
          throw new BenchException(
              "Trino counts %d rows, PostgreSQL %d".formatted(row.getLong(1), truth.count()));
        }
      }
      millis[i] = (System.nanoTime() - begin) / NANOS_A_MILLI;
    }
    System.out.printf(
        "query, %s: %.0f ms (median of %d), %,d rows%n",
        when, Median.of(millis), QUERIES, truth.count());
  }
}
