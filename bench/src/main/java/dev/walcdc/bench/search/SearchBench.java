package dev.walcdc.bench.search;

import com.clickhouse.client.api.Client;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.walcdc.bench.BenchException;
import dev.walcdc.bench.Machine;
import dev.walcdc.bench.Usage;
import dev.walcdc.clickhouse.ClickHouseClients;
import dev.walcdc.clickhouse.ClickHouseConfiguration;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.LocalStackOptions;
import dev.walcdc.local.OrphanGuard;
import dev.walcdc.local.PrivateFiles;
import dev.walcdc.local.Repository;
import dev.walcdc.local.Server;
import dev.walcdc.search.TextModel;
import dev.walcdc.search.query.SearchAnswer;
import dev.walcdc.search.query.SearchRequest;
import dev.walcdc.search.query.Searcher;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the search over many texts: how long it takes, and what it misses. */
@Command(
    name = "search",
    mixinStandardHelpOptions = true,
    description = "Measures the search by meaning over many texts.")
public final class SearchBench implements Callable<Integer> {

  private static final int WARM_UP = 50;
  private static final int LIMIT = 10;
  private static final double MILLI = 1e6;

  /** The index of a million vectors, which is in memory as a whole, and what a merge takes. */
  private static final long CLICKHOUSE_BYTES = 8L << 30;

  private static final long BEGIN = System.nanoTime();

  @Option(
      names = "--texts",
      defaultValue = "1000000",
      description = "Texts that are searched (default: ${DEFAULT-VALUE}).")
  private long texts;

  @Option(
      names = "--embedded",
      defaultValue = "6000",
      description =
          "Texts of them that are embedded; the others are made of these (default: ${DEFAULT-VALUE}).")
  private int embedded;

  @Option(
      names = "--questions",
      defaultValue = "500",
      description = "Questions of each kind, 625 at most (default: ${DEFAULT-VALUE}).")
  private int questions;

  @Option(
      names = "--compared",
      defaultValue = "100",
      description =
          "Questions whose answers are compared with exact ones (default: ${DEFAULT-VALUE}).")
  private int compared;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Texts and questions are a function of it (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes the figures to this file too.")
  private Path json;

  @Option(
      names = "--home",
      paramLabel = "FOLDER",
      description = "Keeps data and logs here; a table that is there already is used.")
  private Path home;

  @Override
  public Integer call() throws Exception {
    Path folder =
        home == null
            ? Files.createTempDirectory("wal-cdc-bench")
            : Files.createDirectories(home.toAbsolutePath());
    Machine machine = Machine.here();
    Path repository =
        Repository.root(Path.of(System.getProperty("walcdc.root", "")))
            .orElseThrow(() -> new BenchException("Start it by its script `bench/run`."));
    try (LocalStack stack =
        new LocalStack(
            LocalStackOptions.builder(repository)
                .home(folder)
                .servers(Server.CLICKHOUSE)
                .clickHouseMemoryBytes(CLICKHOUSE_BYTES)
                .build())) {
      OrphanGuard.watch(folder.toAbsolutePath());
      stack.start();
      SearchFigures figures = measure(machine, stack.settings().clickHouse(), folder);
      figures.print(new PrintWriter(System.out, false, StandardCharsets.UTF_8));
      if (json != null) {
        new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .writeValue(json.toFile(), figures);
      }
    }
    if (home == null) {
      PrivateFiles.deleteTree(folder);
    }
    return 0;
  }

  private SearchFigures measure(
      Machine machine, ConnectionSettings.ClickHouse settings, Path folder) throws Exception {
    Articles articles = new Articles(seed);
    ArticleTable table = new ArticleTable(settings);
    long pid = pid(folder);
    double perSecond = Double.NaN;
    double build = Double.NaN;
    if (new ClickHouseHttp(settings).number("EXISTS TABLE app.articles") == 0) {
      say("Embedding %,d texts".formatted(embedded));
      long begin = System.nanoTime();
      table.create(articles.texts(embedded));
      perSecond = embedded / ((System.nanoTime() - begin) / 1e9);
      say("Making %,d texts of them".formatted(texts));
      table.grow(embedded, texts, seed);
    } else {
      articles.texts(embedded);
    }
    if (table.size().parts() > 1) {
      say("Building the indexes");
      build = table.merge();
    }
    List<String> asked = articles.questions(questions);
    TextModel model = TextModel.standard();
    List<float[]> vectors = model.vectors(asked.subList(0, Math.min(compared, asked.size())));
    ClickHouseConfiguration connection = new ClickHouseConfiguration();
    connection.setServerUrl(settings.url().toString());
    connection.setUsername(settings.user());
    connection.setPassword(settings.password());
    try (Client client = ClickHouseClients.create(connection)) {
      ClickHouseServer server =
          new ClickHouseServer(client, ClickHouseClients.endpointOf(connection));
      Searcher searcher = new Searcher(server, model);
      say("Warming up");
      for (String text : asked.subList(0, Math.min(WARM_UP, asked.size()))) {
        searcher.search(new SearchRequest(text, null, null, LIMIT));
      }
      double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
      List<SearchFigures.Questions> lines = new ArrayList<>();
      lines.add(ask(searcher, "by meaning", asked, null, table, vectors));
      lines.add(ask(searcher, "by meaning and a rare word", withWord(asked), null, table, null));
      lines.add(
          ask(
              searcher,
              "where price < 500 (half of the rows)",
              asked,
              "price < 500",
              table,
              vectors));
      lines.add(
          ask(searcher, "where stock < 20 (2 in 100 rows)", asked, "stock < 20", table, vectors));
      lines.add(
          ask(searcher, "where stock = 7 (1 in 1,000 rows)", asked, "stock = 7", table, vectors));
      return new SearchFigures(
          machine.toString(),
          load,
          seed,
          perSecond,
          build,
          Usage.peakBytes(pid) / 1e6,
          Usage.residentBytes(pid) / 1e6,
          table.size(),
          lines);
    }
  }

  /** Words of middling rarity, as texts have them. */
  private List<String> withWord(List<String> asked) {
    Random random = new Random(seed);
    return asked.stream().map(text -> text + " m" + (100 + random.nextInt(900))).toList();
  }

  private SearchFigures.Questions ask(
      Searcher searcher,
      String kind,
      List<String> asked,
      String where,
      ArticleTable table,
      List<float[]> vectors)
      throws IOException, InterruptedException {
    say("Asking " + kind);
    long[] nanos = new long[asked.size()];
    List<SearchAnswer> answers = new ArrayList<>();
    for (int i = 0; i < nanos.length; i++) {
      long begin = System.nanoTime();
      answers.add(searcher.search(new SearchRequest(asked.get(i), null, where, LIMIT)));
      nanos[i] = System.nanoTime() - begin;
    }
    double recall = Double.NaN;
    int counted = 0;
    if (vectors != null) {
      List<List<Long>> nearest = table.nearest(vectors, where == null ? "1" : where);
      double sum = 0;
      for (int i = 0; i < nearest.size(); i++) {
        if (isByMeaning(answers.get(i))) {
          sum += share(answers.get(i), nearest.get(i));
          counted++;
        }
      }
      recall = sum / counted;
    }
    Arrays.sort(nanos);
    say(
        "p50 %.1f ms, p99 %.1f ms, recall %.3f"
            .formatted(percentile(nanos, 0.5), percentile(nanos, 0.99), recall));
    return new SearchFigures.Questions(
        kind,
        nanos.length,
        percentile(nanos, 0.5),
        percentile(nanos, 0.99),
        percentile(nanos, 1),
        recall,
        counted,
        (int) answers.stream().filter(SearchAnswer::exact).count());
  }

  private static boolean isByMeaning(SearchAnswer answer) {
    return answer.hits().stream().allMatch(hit -> hit.byWords() == null);
  }

  private static double share(SearchAnswer answer, List<Long> nearest) {
    Set<Long> found = new HashSet<>();
    answer.hits().forEach(hit -> found.add(hit.row().get("id").asLong()));
    return nearest.stream().filter(found::contains).count() / (double) nearest.size();
  }

  /** The least value that this share of all does not exceed. */
  private static double percentile(long[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1] / MILLI;
  }

  private static long pid(Path folder) throws IOException {
    return new ObjectMapper()
        .readTree(folder.resolve("stack.json").toFile())
        .path("processes")
        .path(Server.CLICKHOUSE.key())
        .path("pid")
        .asLong();
  }

  private static void say(String what) {
    System.err.printf("[search %,.0f s] %s%n", (System.nanoTime() - BEGIN) / 1e9, what);
  }
}
