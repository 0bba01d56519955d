package dev.walcdc.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wal-cdc search}: asks the pipeline for rows by meaning, by words and by a condition. */
@Command(
    name = "search",
    description = "Finds rows in ClickHouse by what their texts mean, by words and by a condition.")
final class SearchCommand implements Callable<Integer> {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** The first question has the model loaded. */
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private static final int HTTP_OK = 200;

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @Parameters(paramLabel = "TEXT", description = "What the rows should be about.")
  private String text;

  @Option(
      names = "--table",
      paramLabel = "TABLE",
      description = "schema.table, or the table alone; needed where several can be searched.")
  private String table;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description = "Only rows that meet it, such as \"price < 100 AND stock > 0\".")
  private String where;

  @Option(
      names = "-k",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many rows at most (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--json", description = "Prints the answer as JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    String answer = ask(service(homeOption.home()));
    if (json) {
      spec.commandLine().getOut().println(answer);
    }
    JsonNode hits = parse(answer).path("hits");
    if (!json) {
      show(hits);
    }
    return hits.isEmpty() ? WalCdc.NO : WalCdc.OK;
  }

  private static URI service(Home home) {
    Run run =
        home.pipeline()
            .orElseThrow(
                () ->
                    new CliException(
                        "No pipeline runs in %s; start one with `wal-cdc up`."
                            .formatted(home.folder())));
    if (run.searchPort() == null) {
      throw new CliException(
          "The pipeline answers no questions, for it embeds no column: start it with EMBED_COLUMNS"
              + " in its environment, such as EMBED_COLUMNS='app\\.products\\.name'"
              + " (docs/search.md).");
    }
    return run.searchService();
  }

  private String ask(URI service) throws InterruptedException {
    StringBuilder query = new StringBuilder("?k=").append(limit);
    append(query, "q", text);
    append(query, "table", table);
    append(query, "where", where);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(service + query.toString())).timeout(TIMEOUT).build();
    try {
      HttpResponse<String> response =
          HttpClient.newBuilder()
              .connectTimeout(CONNECT_TIMEOUT)
              .build()
              .send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() == HTTP_OK) {
        return response.body();
      }
      String error = parse(response.body()).path("error").asText();
      throw new CliException(
          error.isEmpty()
              ? "The search failed with HTTP status %d; the pipeline's log says why."
                  .formatted(response.statusCode())
              : error);
    } catch (IOException e) {
      throw new CliException(
          "The search at %s does not answer (%s); it may be starting yet, and the pipeline's log says more."
              .formatted(service, e),
          e);
    }
  }

  private static void append(StringBuilder query, String name, String value) {
    if (value != null) {
      query
          .append('&')
          .append(name)
          .append('=')
          .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }
  }

  private static JsonNode parse(String answer) {
    try {
      return new ObjectMapper().readTree(answer);
    } catch (IOException e) {
      return new ObjectMapper().createObjectNode();
    }
  }

  private void show(JsonNode hits) {
    PrintWriter out = spec.commandLine().getOut();
    if (hits.isEmpty()) {
      out.println("No row is like that.");
    } else {
      new HitsView(out).show(hits);
    }
    out.flush();
  }
}
