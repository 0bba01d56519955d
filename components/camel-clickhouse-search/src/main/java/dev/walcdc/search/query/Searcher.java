package dev.walcdc.search.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.walcdc.clickhouse.ClickHouseException;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.search.TextModel;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Searches. Safe to share. */
public final class Searcher {

  /** More than this many neighbours the index gives nobody. */
  private static final int MOST_CANDIDATES = 1_000;

  private static final int FEWEST_CANDIDATES = 200;

  /**
   * Candidates for each row that is wanted: some of them are of rows that are gone, that have
   * another text by now, or that do not meet the condition.
   */
  private static final int CANDIDATES_A_ROW = 20;

  /** Decimals as they are, with all of their digits. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final ClickHouseServer server;
  private final TextModel model;
  private final SearchableTables tables;

  /**
   * @param model the one that made the vectors
   */
  public Searcher(ClickHouseServer server, TextModel model) {
    this.server = server;
    this.model = model;
    this.tables = new SearchableTables(server);
  }

  /**
   * Searches among the rows that are present.
   *
   * @throws SearchRefusedException if the request cannot be answered as it is
   * @throws ClickHouseException if ClickHouse cannot be reached
   */
  public SearchAnswer search(SearchRequest request) {
    SearchableTable table = tables.find(request.table());
    BoundCondition condition =
        request.where() == null
            ? null
            : BoundCondition.of(ConditionParser.parse(request.where()), table.types());
    Words words = Words.of(request.text(), table.name().texts().sql(), server);
    float[] vector = model.vectors(List.of(request.text())).get(0);
    HybridQuery query = new HybridQuery(table, condition, words, vector, request.limit());
    int candidates =
        Math.min(MOST_CANDIDATES, Math.max(FEWEST_CANDIDATES, CANDIDATES_A_ROW * request.limit()));
    List<JsonNode> found = run(query, query.approximate(candidates));
    if (!isEnough(found, request) && mayHaveMore(found, candidates)) {
      // The nearest texts are of rows that the condition leaves out, or that are no more.
      candidates = MOST_CANDIDATES;
      found = run(query, query.approximate(candidates));
    }
    boolean exact = !isEnough(found, request);
    if (exact) {
      found = run(query, query.exact(candidates));
    }
    return new SearchAnswer(table.sourceName(), exact, found.stream().map(Searcher::hit).toList());
  }

  private static boolean isEnough(List<JsonNode> found, SearchRequest request) {
    return !found.isEmpty() && found.get(0).get("near_rows").asInt() >= request.limit();
  }

  /** Whether the index would lead to more texts, if it were asked for more. */
  private static boolean mayHaveMore(List<JsonNode> found, int candidates) {
    return candidates < MOST_CANDIDATES
        && (found.isEmpty() || found.get(0).get("near_texts").asInt() == candidates);
  }

  private List<JsonNode> run(HybridQuery query, String sql) {
    List<JsonNode> rows = new ArrayList<>();
    server
        .ask(sql, query.parameters(), HybridQuery.SETTINGS)
        .lines()
        .forEach(line -> rows.add(parse(line)));
    return rows;
  }

  private static SearchAnswer.Hit hit(JsonNode found) {
    return new SearchAnswer.Hit(
        found.get("score").asDouble(),
        found.get("by_meaning").isNull() ? null : found.get("by_meaning").asInt(),
        found.get("by_words").isNull() ? null : found.get("by_words").asInt(),
        found.get("distance").isNull() ? null : found.get("distance").asDouble(),
        found.get("row"));
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("ClickHouse's answer is no JSON", e);
    }
  }
}
