package dev.walcdc.cli;

import dev.walcdc.Stage;
import dev.walcdc.capture.source.Finding;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.capture.source.SourceDoctor;
import dev.walcdc.demo.Shop;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.LocalStackOptions;
import dev.walcdc.local.Port;
import dev.walcdc.local.Server;
import dev.walcdc.status.StatusReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wal-cdc up}: the servers and the pipeline, until Ctrl-C or {@code wal-cdc down}. */
@Command(
    name = "up",
    description =
        "Starts the local servers and the pipeline; Ctrl-C or `wal-cdc down` stops them, their data stay.")
final class UpCommand implements Callable<Integer> {

  private static final int STATUS_SECONDS = 1;

  /** Property {@code verify.interval} of the pipeline. */
  private static final String VERIFY_INTERVAL = "VERIFY_INTERVAL";

  /** Property {@code maintain.interval} of the pipeline. */
  private static final String MAINTAIN_INTERVAL = "MAINTAIN_INTERVAL";

  /** What the demo shop has to say. */
  private static final String DEMO_COLUMNS = "app\\.products\\.(name|description)";

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Option(
      names = "--mode",
      defaultValue = "cdc",
      description =
          "cdc captures PostgreSQL, synthetic makes user events of its own (default: ${DEFAULT-VALUE}).")
  private Mode mode;

  @Option(names = "--demo", description = "Runs a small shop in the embedded PostgreSQL.")
  private boolean demo;

  @Option(
      names = "--source",
      paramLabel = "URL",
      description =
          "Captures this database instead of the embedded one: postgresql://USER@HOST:PORT/DATABASE, password in PGPASSWORD.")
  private String source;

  @Option(
      names = "--tables",
      defaultValue = ".*",
      paramLabel = "REGEX",
      description =
          "Which tables flow: regular expressions, comma between, that match schema.table (default: all of the publication).")
  private String tables;

  @Option(
      names = "--detach",
      description = "Returns when the pipeline is up; it goes on by itself.")
  private boolean detach;

  @Option(
      names = "--split",
      description =
          "Runs each stage in a process of its own, as in a cluster, instead of all in one.")
  private boolean split;

  @Option(names = "--servers-only", description = "Starts no pipeline; a second `up` may start it.")
  private boolean serversOnly;

  @Option(
      names = "--with",
      split = ",",
      paramLabel = "NAME",
      description = "Starts this as well, comma between several: ${COMPLETION-CANDIDATES}.")
  private Set<Extra> with = Set.of();

  @Option(
      names = "--servers",
      paramLabel = "DIR",
      description =
          "Folder of unpacked servers, shared by all homes (default: .servers beside the command).")
  private Path servers;

  @Option(
      names = "--min-free",
      paramLabel = "MIB",
      defaultValue = "2048",
      description =
          "Refuses to start with less free disk space than this (default: ${DEFAULT-VALUE}).")
  private long minimumFreeMebibytes;

  @Option(
      names = "--port",
      paramLabel = "SERVER=PORT",
      description = "Gives a server this port; without it a free one is chosen once and kept.")
  private Map<String, Integer> ports = Map.of();

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    refuseNonsense(home);
    home.make();
    if (detach) {
      return new DetachedUp(home, serversOnly).start(spec.commandLine().getParseResult());
    }
    StopSignal stop = new StopSignal();
    try {
      run(home, stop);
    } finally {
      stop.done();
    }
    return WalCdc.OK;
  }

  private void refuseNonsense(Home home) {
    if (split && serversOnly) {
      throw new CliException("`--servers-only` runs no stage; leave out `--split`.");
    }
    if (with.contains(Extra.FLINK) && (serversOnly || mode == Mode.SYNTHETIC)) {
      throw new CliException(
          "`--with flink` carries what capture reads; leave out `--servers-only` and `--mode synthetic`.");
    }
    if (with.contains(Extra.FLINK)) {
      FlinkSqlProcess.requireBuilt();
    }
    if (demo && (source != null || mode == Mode.SYNTHETIC || serversOnly)) {
      throw new CliException(
          "`--demo` writes into the embedded PostgreSQL; leave out `--source`, `--servers-only` and `--mode synthetic`.");
    }
    if (source != null && mode == Mode.SYNTHETIC) {
      throw new CliException("`--mode synthetic` captures nothing; leave out `--source`.");
    }
    if (source != null) {
      SourceUrl.parse(source);
    }
    tables();
    home.pipeline().ifPresent(run -> refuseSecond(home, run));
    if (serversOnly) {
      home.servers().ifPresent(run -> refuseSecond(home, run));
    } else {
      home.refuseOther(mode);
    }
    boolean moreServers = with.stream().anyMatch(extra -> extra.server().isPresent());
    if (home.servers().isPresent() && (!ports.isEmpty() || servers != null || moreServers)) {
      throw new CliException(
          "The servers of %s run already; leave out `--port`, `--servers` and `--with`, or stop them with `wal-cdc down` first."
              .formatted(home.folder()));
    }
  }

  private static void refuseSecond(Home home, Run run) {
    throw new CliException(
        "%s is up already as process %d; stop it with `wal-cdc down`, or choose another `--home`."
            .formatted(home.folder(), run.process().pid()));
  }

  /** The tables that flow, as capture understands `--tables`. */
  private Predicate<TableName> tables() {
    try {
      List<Pattern> patterns =
          Pattern.compile("\\s*,\\s*").splitAsStream(tables).map(Pattern::compile).toList();
      return table -> patterns.stream().anyMatch(p -> p.matcher(table.toString()).matches());
    } catch (PatternSyntaxException e) {
      throw new CliException(
          "`--tables %s` is no regular expression: %s.".formatted(tables, e.getDescription()), e);
    }
  }

  private void run(Home home, StopSignal stop) throws Exception {
    if (home.servers().isPresent()) {
      pipeline(home, home.settings(), stop);
      return;
    }
    try (LocalStack stack = new LocalStack(stackOptions(home))) {
      out().println("Starting the servers...");
      out().flush();
      stop.interrupting(stack::start);
      home.recordServers(Run.ofThisProcess(null, null, List.of(), null));
      if (with.contains(Extra.TRINO)) {
        out()
            .printf(
                "Trino answers at %s; ask it by `./wal-cdc sql%s \"SHOW CATALOGS\"`.%n",
                stack.settings().trino().url(), homeArgument(home));
      }
      try {
        if (serversOnly) {
          out()
              .printf(
                  "The servers are up. Settings: eval \"$(./wal-cdc env%s)\"%n",
                  homeArgument(home));
          out().flush();
          stop.await();
        } else {
          pipeline(home, stack.settings(), stop);
        }
      } finally {
        out().println("Stopping the servers...");
        out().flush();
        home.forgetServers();
      }
    }
  }

  private LocalStackOptions stackOptions(Home home) {
    LocalStackOptions.Builder builder =
        LocalStackOptions.builder(Installation.root()).home(home.folder()).servers(serversNeeded());
    builder.minimumFreeBytes(minimumFreeMebibytes << 20);
    if (source != null) {
      SourceConnection other = SourceUrl.parse(source);
      builder.source(
          new ConnectionSettings.Postgres(
              other.hostname(), other.port(), other.database(), other.user(), other.password()));
    }
    if (servers != null) {
      builder.serversFolder(servers);
    }
    ports.forEach((name, number) -> builder.port(port(name), number));
    return builder.build();
  }

  private Set<Server> serversNeeded() {
    Set<Server> needed = Server.standard();
    if (!serversOnly && (mode == Mode.SYNTHETIC || source != null)) {
      needed.remove(Server.POSTGRES);
    }
    with.forEach(extra -> extra.server().ifPresent(needed::add));
    return needed;
  }

  private static Port port(String name) {
    return Arrays.stream(Port.values())
        .filter(port -> port.key().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CliException(
                    "`--port %s=...` names no server; choose one of %s."
                        .formatted(
                            name,
                            Arrays.stream(Port.values())
                                .map(Port::key)
                                .collect(Collectors.joining(", ")))));
  }

  private void pipeline(Home home, ConnectionSettings servers, StopSignal stop) throws Exception {
    home.claim(mode);
    SourceConnection database = mode == Mode.CDC ? SourceUrl.of(source, servers) : null;
    if (database != null && source == null) {
      SourceTraces.restore(database);
    }
    if (database != null) {
      refuseUnfit(database);
    }
    home.dropRequest().close();
    Map<String, String> environment = PipelineEnvironment.of(mode, database, servers, tables);
    Integer searchPort = isSearched() ? LocalStack.freePort() : null;
    if (searchPort != null) {
      environment.putAll(PipelineEnvironment.search(embeddedColumns(), searchPort));
    }
    try (Shop shop = demo ? Shop.open(database) : null;
        PipelineProcesses pipeline = start(environment, home.logs());
        PipelineProcess flink =
            with.contains(Extra.FLINK)
                ? FlinkSqlProcess.start(environment, mode.topicPrefix(), home.folder())
                : null) {
      home.recordPipeline(Run.ofThisProcess(mode, source, pipeline.parts(), searchPort));
      if (shop != null) {
        shop.startWorkload();
      }
      out()
          .printf(
              "The pipeline is starting; %s%n",
              Stream.concat(
                      pipeline.parts().stream().map(Run.Part::name),
                      Stream.ofNullable(flink).map(process -> FlinkSqlProcess.NAME))
                  .map(name -> name + ".log")
                  .collect(Collectors.joining(", ", "its log in " + home.logs() + ": ", "")));
      out().flush();
      watch(home, stop);
      out().println("Stopping the pipeline...");
      out().flush();
    }
    if (home.dropRequest().isOpen()) {
      drop(home, database);
    }
  }

  private PipelineProcesses start(Map<String, String> environment, Path logs) throws IOException {
    return split
        ? PipelineProcesses.split(stages(), environment, logs)
        : PipelineProcesses.together(environment, logs);
  }

  /** What runs on request alone is asked for by the environment, which the processes inherit. */
  private List<Stage> stages() {
    List<Stage> stages = new ArrayList<>(Stage.of(mode.toString()));
    if (mode == Mode.CDC && isAskedFor(VERIFY_INTERVAL)) {
      stages.add(Stage.VERIFY);
    }
    if (isAskedFor(MAINTAIN_INTERVAL)) {
      stages.add(Stage.MAINTAIN_LAKEHOUSE);
    }
    if (isSearched()) {
      stages.add(Stage.SEARCH);
    }
    return stages;
  }

  private static boolean isAskedFor(String interval) {
    return !System.getenv().getOrDefault(interval, "0").equals("0");
  }

  private boolean isSearched() {
    return !embeddedColumns().isBlank();
  }

  private String embeddedColumns() {
    return System.getenv()
        .getOrDefault(PipelineEnvironment.EMBED_COLUMNS, demo ? DEMO_COLUMNS : "");
  }

  private static void drop(Home home, SourceConnection database) {
    try {
      SourceTraces.drop(database);
      home.dropRequest().close();
    } catch (CliException e) {
      home.dropRequest().refuse(e.getMessage());
      throw e;
    }
  }

  /** Capture would say the same in its log, and wait for ever. */
  private void refuseUnfit(SourceConnection database) {
    try {
      new SourceDoctor(database)
          .examine(SourceTraces.NAME, OwnTables.STANDARD, tables()).stream()
              .filter(finding -> finding.severity() == Finding.Severity.ERROR)
              .findFirst()
              .ifPresent(
                  finding -> {
                    throw new CliException(
                        "%s cannot be captured yet: %s. The remedy: %s (all of them: `wal-cdc doctor`)"
                            .formatted(database, finding.problem(), finding.remedy()));
                  });
    } catch (SQLException e) {
      throw SourceTraces.unreachable(database, e);
    }
  }

  /** In a terminal the status, refreshed; elsewhere nothing, for a log needs no pictures. */
  @SuppressWarnings("SystemConsoleNull") // The script asks newer Java for the old answer.
  private void watch(Home home, StopSignal stop) throws InterruptedException {
    if (System.console() == null) {
      stop.await();
      return;
    }
    try (StatusReader status = StatusCommand.reader(home)) {
      StatusView view = new StatusView(out(), true);
      while (!stop.await(STATUS_SECONDS, TimeUnit.SECONDS)) {
        try {
          view.show(status.read());
        } catch (IOException | SQLException | RuntimeException e) {
          view.say("Waiting for the servers: " + e.getMessage());
        }
      }
    }
  }

  private String homeArgument(Home home) {
    return home.folder().equals(Installation.root().resolve(".wal-cdc"))
        ? ""
        : " --home " + home.folder();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
