package dev.walcdc.search.query;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * What was found.
 *
 * @param table {@code schema.table} as at the source
 * @param exact whether every row that meets the condition was compared, because the index did not
 *     lead to enough of them
 * @param hits best first
 */
public record SearchAnswer(String table, boolean exact, List<Hit> hits) {

  /**
   * One row.
   *
   * @param score the sum over its two ranks of 1 / (60 + rank)
   * @param byMeaning its rank by its vector's distance, 1 the nearest; null where it is not among
   *     the nearest
   * @param byWords its rank by the words that it shares with what was searched; null where it
   *     shares none that tells
   * @param distance cosine distance of its nearest text, 0 to 2; null as {@code byMeaning}
   * @param row its present values by column
   */
  public record Hit(
      double score, Integer byMeaning, Integer byWords, Double distance, JsonNode row) {}

  /**
   * What is answered to a question that cannot be answered.
   *
   * @param error why, and what to ask instead
   */
  public record Refusal(String error) {}

  /** For a route. */
  public static Refusal refusal(String error) {
    return new Refusal(error);
  }
}
