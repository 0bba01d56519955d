package dev.walcdc.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.LocalStackOptions;
import dev.walcdc.local.OrphanGuard;
import dev.walcdc.local.Server;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One run on a stack of its own. A server runs only while a stage needs it, so that none takes
 * another's CPU.
 */
final class Run {

  private final Settings settings;
  private final Path home;
  private final boolean peerFirst;
  private final Consumer<String> progress;
  private final List<Figure> figures = new ArrayList<>();
  private final List<Latency> latencies = new ArrayList<>();
  private LocalStack stack;
  private ConnectionSettings servers;
  private Pipeline pipeline;
  private Topics topics;
  private Ledger ledger;

  /**
   * @param home an empty folder
   * @param peerFirst whether the peer captures before we do
   * @param progress told what happens
   */
  Run(Settings settings, Path home, boolean peerFirst, Consumer<String> progress) {
    this.settings = settings;
    this.home = home;
    this.peerFirst = peerFirst;
    this.progress = progress;
  }

  /** Measures. */
  Results measure() throws Exception {
    progress.accept("Starting the servers");
    try (LocalStack local = new LocalStack(options())) {
      stack = local;
      OrphanGuard.watch(home.toAbsolutePath());
      stack.start();
      servers = stack.settings();
      pipeline = new Pipeline(servers, home);
      try (Topics opened = new Topics(servers.kafka().bootstrapServers());
          Ledger table = new Ledger(servers.postgres())) {
        topics = opened;
        ledger = table;
        RowDigest truth = captures();
        clickHouse(truth);
        iceberg(truth);
        latency();
      }
    }
    return new Results(figures, latencies);
  }

  private LocalStackOptions options() {
    return LocalStackOptions.builder(settings.repository())
        .home(home)
        .servers(Server.POSTGRES, Server.KAFKA)
        .build();
  }

  private RowDigest captures() throws Exception {
    CaptureBench bench = new CaptureBench(servers, topics, ledger, settings.changes());
    Optional<String> noPeer = DebeziumServer.missing(settings.peer(), settings.peerJava());
    boolean peer = settings.measures(Stage.PEER) && noPeer.isEmpty();
    ledger.create(settings.seed());
    bench.prepareOurs(pipeline);
    if (peer) {
      bench.preparePeer();
    }
    progress.accept("Writing %,d row changes".formatted(settings.changes()));
    ledger.write(settings.changes(), settings.seed());
    RowDigest truth = ledger.digest();
    Figure peerFigure = null;
    if (peer && peerFirst) {
      peerFigure = peer(bench, truth);
    }
    progress.accept("Measuring capture-postgres");
    Figure ours = bench.ours(pipeline, truth);
    if (peer && !peerFirst) {
      peerFigure = peer(bench, truth);
    }
    if (settings.measures(Stage.CAPTURE)) {
      figures.add(ours);
    }
    if (peer) {
      figures.add(peerFigure);
    } else if (settings.measures(Stage.PEER)) {
      figures.add(Figure.skipped(DebeziumServer.NAME, noPeer.orElseThrow()));
    }
    return truth;
  }

  private Figure peer(CaptureBench bench, RowDigest truth) throws Exception {
    progress.accept("Measuring " + DebeziumServer.NAME);
    return bench.peer(DebeziumServer.of(settings.peer(), settings.peerJava()), home, truth);
  }

  private void clickHouse(RowDigest truth) throws Exception {
    if (!settings.measures(Stage.CLICKHOUSE)) {
      return;
    }
    progress.accept("Measuring sink-clickhouse");
    stack.start(Server.CLICKHOUSE);
    Analytics analytics = new Analytics(servers.clickHouse());
    figures.add(
        new SinkBench(topics, pipeline, pid(Server.CLICKHOUSE), "ClickHouse")
            .measure(
                "sink-clickhouse",
                settings.changes() + Ledger.FIRST_ROWS,
                () -> analytics.progress(CaptureBench.TOPIC),
                analytics::digest,
                truth));
    stack.stop(Server.CLICKHOUSE);
  }

  private void iceberg(RowDigest truth) throws Exception {
    if (!settings.measures(Stage.ICEBERG)) {
      return;
    }
    progress.accept("Measuring sink-iceberg");
    startLake();
    try (Lake lake = new Lake(servers)) {
      figures.add(
          new SinkBench(topics, pipeline, pid(Server.S3), "S3Proxy")
              .measure(
                  "sink-iceberg",
                  settings.changes() + Ledger.FIRST_ROWS,
                  lake::commits,
                  lake::digest,
                  truth));
    }
  }

  private void latency() throws Exception {
    if (!settings.measures(Stage.LATENCY)) {
      return;
    }
    progress.accept("Measuring delays at %,d changes/s".formatted(settings.changesPerSecond()));
    stack.start(Server.CLICKHOUSE);
    startLake();
    latencies.addAll(
        new LatencyBench(servers, topics, ledger)
            .measure(
                pipeline,
                settings.changesPerSecond(),
                settings.warmUpSeconds(),
                settings.seconds()));
  }

  private void startLake() {
    stack.start(Server.CATALOG);
    stack.start(Server.S3);
  }

  /** The stack writes its processes down in its home. */
  private long pid(Server server) throws IOException {
    return new ObjectMapper()
        .readTree(home.resolve("stack.json").toFile())
        .path("processes")
        .path(server.key())
        .path("pid")
        .asLong();
  }
}
