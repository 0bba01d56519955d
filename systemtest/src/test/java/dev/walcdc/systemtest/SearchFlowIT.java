package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.demo.Shop;
import dev.walcdc.local.LocalStack;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The demo shop is searched over HTTP while it changes at the source. */
@ExtendWith(LogOnFailure.class)
class SearchFlowIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static RunningPipeline running;
  private static int port;

  @BeforeAll
  static void start() throws SQLException {
    running = RunningPipeline.servers("search");
    Shop.open(running.source()).close();
    port = LocalStack.freePort();
    running.startPipeline(
        Map.of(
            "EMBED_COLUMNS",
            "app\\.products\\.(name|description)",
            "SEARCH_ENABLED",
            "true",
            "SEARCH_PORT",
            Integer.toString(port)));
    running.awaitHealthy();
    await("the shop is searchable")
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> names("shoes", null).size() == 10);
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void findsWhatAPersonExpectsBeforeAndAfterAnUpdateAtTheSource() throws Exception {
    assertThat(names("waterproof shoes for the mountains", null)).startsWith("Alpine boots");
    running.execute(
        "INSERT INTO app.products (name, description, price, stock) VALUES ('Kettle', 'Boils water"
            + " on any stove', 20, 5)");
    awaitFirst("boiling water", "Kettle");
    running.execute(
        "UPDATE app.products SET name = 'Tuba', description = 'A brass instrument with a deep"
            + " sound' WHERE name = 'Kettle'");
    long committed = System.nanoTime();
    awaitFirst("music for a marching band", "Tuba");
    System.out.printf(
        "Searchable %.2f s after the commit%n", (System.nanoTime() - committed) / 1e9);
    assertThat(names("boiling water", null)).doesNotContain("Kettle");
    running.execute("DELETE FROM app.products WHERE name = 'Tuba'");
    await()
        .atMost(PATIENCE)
        .until(() -> !names("music for a marching band", null).contains("Tuba"));
  }

  @Test
  void aKilledPipelineEmbedsWhatItOwes() throws Exception {
    running.execute(
        "CREATE TABLE app.lines (id int PRIMARY KEY, name text)",
        "INSERT INTO app.lines SELECT i, 'line' FROM generate_series(1, 10) i");
    for (int round = 1; round <= 2; round++) {
      running.execute(
          "UPDATE app.products SET stock = stock + 1",
          "INSERT INTO app.products (name, description, price, stock) SELECT 'Plank %1$d-' || i, 'Wooden plank of length ' || i || ' in lot %1$d', 1, 1 FROM generate_series(1, 100) i"
              .formatted(round));
      running.killPipeline();
    }
    running.awaitHealthy();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        running.clickHouse(
                            "SELECT count() FROM (SELECT arrayJoin([name, description]) AS text"
                                + " FROM app.products_current) WHERE text NOT IN (SELECT text FROM"
                                + " app.products_walcdc_texts)"))
                    .isEqualTo("0"));
    running.execute("DELETE FROM app.products WHERE name LIKE 'Plank%'");
    VerifyReport report = running.verify();
    assertThat(report.agrees()).as(report.toString()).isTrue();
    assertThat(names("wooden plank", null)).noneMatch(name -> name.startsWith("Plank"));
  }

  @Test
  void whatIsNoQuestionIsRefusedAndSaysWhy() throws Exception {
    HttpResponse<String> response = get("q=x&where=" + encoded("id = 1; DROP TABLE app.products"));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(response.body()).get("error").asText()).contains("`where`");
    assertThat(get("k=3").statusCode()).isEqualTo(400);
    assertThat(names("shoes", "price < 100 AND NOT stock = 0")).contains("City sneakers");
  }

  @Test
  void theServiceDescribesItself() throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/openapi".formatted(port)))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(JSON.readTree(response.body()).at("/paths/~1search/get/parameters"))
        .extracting(parameter -> parameter.get("name").asText())
        .containsExactlyInAnyOrder("q", "table", "where", "k");
  }

  /** Normalized discounted cumulative gain; each place of an answer counts one less than before. */
  @Test
  void answersAreRelevant() throws Exception {
    double sum = 0;
    int questions = 0;
    for (String line : relevance()) {
      String[] parts = line.split("\t");
      List<String> wanted = List.of(parts[1].split(";"));
      List<String> found = names(parts[0], null);
      double gain = 0;
      double best = 0;
      for (int i = 0; i < wanted.size(); i++) {
        best += (wanted.size() - i) / log2(i + 2);
      }
      for (int i = 0; i < Math.min(5, found.size()); i++) {
        int place = wanted.indexOf(found.get(i));
        gain += place < 0 ? 0 : (wanted.size() - place) / log2(i + 2);
      }
      System.out.printf("nDCG@5 %.2f  %s  %s%n", gain / best, parts[0], found.subList(0, 3));
      sum += gain / best;
      questions++;
    }
    System.out.printf("nDCG@5 of %d questions: %.3f%n", questions, sum / questions);
    assertThat(sum / questions).isGreaterThan(0.8);
  }

  private static double log2(double number) {
    return Math.log(number) / Math.log(2);
  }

  private static List<String> relevance() throws IOException {
    try (InputStream in = SearchFlowIT.class.getResourceAsStream("/relevance.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    }
  }

  private static void awaitFirst(String question, String name) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> names(question, null).get(0).equals(name));
  }

  private static List<String> names(String question, String where) throws Exception {
    HttpResponse<String> response =
        get(
            "table=products&k=10&q="
                + encoded(question)
                + (where == null ? "" : "&where=" + encoded(where)));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    List<String> names = new ArrayList<>();
    for (JsonNode hit : JSON.readTree(response.body()).get("hits")) {
      names.add(hit.at("/row/name").asText());
    }
    return names;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static HttpResponse<String> get(String query) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:%d/search?%s".formatted(port, query)))
                .timeout(Duration.ofSeconds(60))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
