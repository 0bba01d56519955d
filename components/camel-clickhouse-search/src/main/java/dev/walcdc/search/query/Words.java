package dev.walcdc.search.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.clickhouse.Sql;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The words of a search that tell one text from another, and how much each does: the logarithm of
 * how rare it is. The rarest come first; those that too many texts have say little, and would have
 * these all read.
 *
 * @param weights by word, above 0
 */
record Words(Map<String, Double> weights) {

  private static final int MOST = 16;

  /** Texts that may be read to count words in them; they lie anywhere in the table. */
  private static final long MOST_TEXTS = 5_000;

  /**
   * English words that say nothing of what a text is about. In a large table they are among the
   * common ones anyway; in a small one nothing else tells.
   */
  private static final Set<String> EMPTY =
      Set.of(
          ("a about an and any are as at be by can do for from had has have how i if in into is it"
                  + " its me my no not of on one or our so some something that the their them there"
                  + " they this to was we were what when where which who will with you your")
              .split(" "));

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Weighs the words of a text; the index knows how many texts have each, so none is read.
   *
   * @param texts the table of texts, as SQL has it
   */
  static Words of(String text, String texts, ClickHouseServer server) {
    List<String> words = split(text);
    if (words.isEmpty()) {
      return new Words(Map.of());
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    List<String> counts = new ArrayList<>(List.of("(SELECT count() FROM " + texts + ")"));
    for (String word : words) {
      String name = "t" + parameters.size();
      parameters.put(name, word);
      counts.add(
          "(SELECT count() FROM %s WHERE hasAnyTokens(text, [{%s:String}]))"
              .formatted(texts, name));
    }
    String sql =
        counts.stream()
            .map(count -> "toFloat64(" + count + ")")
            .collect(Collectors.joining(", ", "SELECT [", "] AS counts"));
    return weigh(words, parse(server.ask(sql, parameters, Map.of())).get("counts"));
  }

  private static Words weigh(List<String> words, JsonNode counts) {
    long all = counts.get(0).asLong();
    List<Integer> rarestFirst =
        IntStream.range(0, words.size())
            .filter(i -> counts.get(i + 1).asLong() > 0)
            .boxed()
            .sorted(Comparator.comparingLong(i -> counts.get(i + 1).asLong()))
            .toList();
    Map<String, Double> weights = new LinkedHashMap<>();
    long texts = 0;
    for (int i : rarestFirst) {
      long having = counts.get(i + 1).asLong();
      texts += having;
      if (texts > MOST_TEXTS) {
        break;
      }
      // As in BM25: never 0 or less.
      weights.put(words.get(i), Math.log(1 + (all - having + 0.5) / (having + 0.5)));
    }
    return new Words(weights);
  }

  /** Cut and written as the index does it: at what is neither a letter nor a digit in ASCII. */
  private static List<String> split(String text) {
    Set<String> words = new LinkedHashSet<>();
    for (String word :
        text.toLowerCase(Locale.ROOT).split("[\\x00-\\x2f\\x3a-\\x60\\x7b-\\x7f]+")) {
      if (!word.isEmpty() && !EMPTY.contains(word) && words.size() < MOST) {
        words.add(word);
      }
    }
    return List.copyOf(words);
  }

  boolean isEmpty() {
    return weights.isEmpty();
  }

  /** As a value of an Array(String). */
  String asArray() {
    return weights.keySet().stream().map(Sql::literal).collect(Collectors.joining(",", "[", "]"));
  }

  /** As a value of an Array(Float64), in the same order. */
  String weightsAsArray() {
    return weights.values().stream()
        .map(String::valueOf)
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static JsonNode parse(String answer) {
    try {
      return JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("ClickHouse's answer is no JSON", e);
    }
  }
}
