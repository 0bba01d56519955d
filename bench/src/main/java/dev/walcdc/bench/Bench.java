package dev.walcdc.bench;

import dev.walcdc.bench.search.SearchBench;
import dev.walcdc.local.PrivateFiles;
import dev.walcdc.local.Repository;
import dev.walcdc.local.StackException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the pipeline on a fresh local stack and prints a table. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures the stages of the pipeline, and Debezium Server beside capture.",
    subcommands = {SearchBench.class, MaintenanceBench.class})
public final class Bench implements Callable<Integer> {

  @Option(
      names = "--changes",
      defaultValue = "1000000",
      description = "Row changes of the workload, a multiple of 100 (default: ${DEFAULT-VALUE}).")
  private long changes;

  @Option(
      names = "--runs",
      defaultValue = "1",
      description = "Runs, each on a stack of its own; medians are printed (default: 1).")
  private int runs;

  @Option(
      names = "--only",
      split = ",",
      description = "Measures only these: ${COMPLETION-CANDIDATES} (default: all).")
  private Set<Stage> only = EnumSet.allOf(Stage.class);

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "The workload is a function of it (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--rate",
      defaultValue = "1000",
      description = "Changes a second of the steady load (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--warm-up",
      defaultValue = "5",
      description = "Seconds of steady load that do not count (default: ${DEFAULT-VALUE}).")
  private int warmUpSeconds;

  @Option(
      names = "--seconds",
      defaultValue = "30",
      description = "Seconds of steady load that count (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--peer",
      paramLabel = "FOLDER",
      description = "Debezium Server (default: what -Pdebezium-server put in bench/target).")
  private Path peer;

  @Option(
      names = "--peer-java",
      paramLabel = "JAVA",
      description = "Java 21 or newer for Debezium Server (default: the first that is found).")
  private Path peerJava;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes everything to this file too.")
  private Path json;

  @Option(names = "--home", paramLabel = "FOLDER", description = "Keeps data and logs here.")
  private Path home;

  private final CountDownLatch finished = new CountDownLatch(1);

  /** Runs the program. */
  public static void main(String[] args) {
    CommandLine command = new CommandLine(new Bench());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler(
        (failure, line, parsed) -> {
          if (failure instanceof BenchException || failure instanceof StackException) {
            line.getErr().println("bench: " + failure.getMessage());
          } else {
            failure.printStackTrace(line.getErr());
          }
          return 1;
        });
    System.exit(command.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (changes <= 0 || changes % Ledger.TRANSACTION != 0 || runs < 1) {
      throw new BenchException("`--changes` must be a multiple of 100, `--runs` at least 1.");
    }
    stopOrderlyWhenKilled();
    try {
      return measure();
    } finally {
      finished.countDown();
    }
  }

  /** Ctrl-C and SIGTERM: the servers are children that would live on. */
  private void stopOrderlyWhenKilled() {
    Thread measuring = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (finished.getCount() > 0) {
                    measuring.interrupt();
                    try {
                      finished.await(2, TimeUnit.MINUTES);
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }
                },
                "stop"));
  }

  private int measure() throws Exception {
    Machine machine = Machine.here();
    Settings settings = settings();
    List<Results> results = new ArrayList<>();
    for (int run = 1; run <= runs; run++) {
      results.add(run(settings, run));
    }
    boolean peerRan =
        settings.measures(Stage.PEER)
            && DebeziumServer.missing(settings.peer(), settings.peerJava()).isEmpty();
    String peerVersion = peerRan ? Integer.toString(JavaFinder.version(settings.peerJava())) : null;
    Report report =
        new Report(machine, changes, seed, peerVersion, Results.median(results), results);
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    report.print(out);
    if (json != null) {
      report.write(json);
    }
    return 0;
  }

  private Settings settings() {
    String installed = System.getProperty("walcdc.root", "");
    Path repository =
        Repository.root(Path.of(installed))
            .orElseThrow(() -> new BenchException("Start it by its script `bench/run`."));
    return new Settings(
        repository,
        only,
        changes,
        seed,
        rate,
        warmUpSeconds,
        seconds,
        peer != null ? peer : repository.resolve("bench/target/debezium-server"),
        peerJava != null || !only.contains(Stage.PEER) ? peerJava : DebeziumServer.findJava());
  }

  private Results run(Settings settings, int number) throws Exception {
    Path folder =
        home == null
            ? Files.createTempDirectory("wal-cdc-bench")
            : Files.createDirectories(home.resolve("run-" + number));
    try {
      Results results =
          new Run(
                  settings,
                  folder,
                  number % 2 == 0,
                  what -> System.err.printf("[run %d of %d] %s%n", number, runs, what))
              .measure();
      if (home == null) {
        PrivateFiles.deleteTree(folder);
      }
      return results;
    } catch (Exception e) {
      System.err.println("bench: data and logs of the run that failed stay in " + folder);
      throw e;
    }
  }
}
