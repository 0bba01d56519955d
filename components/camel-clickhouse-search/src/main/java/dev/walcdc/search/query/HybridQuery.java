package dev.walcdc.search.query;

import dev.walcdc.clickhouse.Sql;
import dev.walcdc.schema.Column;
import dev.walcdc.search.embed.KeyText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One statement that searches by meaning and by words, looks which of the rows that this leads to
 * are present, still have the text and meet the condition, and puts the rest in order by reciprocal
 * rank fusion. Only names are part of its text; everything that was asked is a parameter.
 *
 * <p>The two lists of candidates are scalar subqueries, which ClickHouse computes once, however
 * often they are named.
 *
 * @see <a href="https://doi.org/10.1145/1571941.1572114">Cormack, Clarke, Büttcher: Reciprocal Rank
 *     Fusion outperforms Condorcet and individual Rank Learning Methods, 2009</a>
 */
final class HybridQuery {

  /** The constant of the paper. */
  private static final int RANK_OFFSET = 60;

  /** Settings that the statement relies on. */
  static final Map<String, String> SETTINGS =
      Map.of(
          // The index holds half of each number's digits: what it finds is put in order by the
          // whole.
          "vector_search_with_rescoring", "1",
          // Fewer places miss too many of the nearest among a million vectors, see ADR 15.
          "hnsw_candidate_list_size_for_search", "1000",
          "join_use_nulls", "1",
          "output_format_json_quote_64bit_integers", "0",
          "output_format_decimal_trailing_zeros", "1",
          "output_format_json_named_tuples_as_objects", "1");

  private final SearchableTable table;
  private final BoundCondition condition;
  private final Words words;
  private final int limit;
  private final Map<String, String> parameters = new LinkedHashMap<>();

  /**
   * @param condition null for none
   */
  HybridQuery(
      SearchableTable table, BoundCondition condition, Words words, float[] vector, int limit) {
    this.table = table;
    this.condition = condition;
    this.words = words;
    this.limit = limit;
    parameters.put("vector", array(vector));
    if (!words.isEmpty()) {
      parameters.put("words", words.asArray());
      parameters.put("weights", words.weightsAsArray());
    }
    if (condition != null) {
      parameters.putAll(condition.parameters());
    }
  }

  /** Values of the parameters, by name. */
  Map<String, String> parameters() {
    return parameters;
  }

  /**
   * The statement by the index of vectors.
   *
   * @param candidates texts that each of the two searches yields at most
   */
  String approximate(int candidates) {
    return sql(
        """
        SELECT key, text, cosineDistance(vector, {vector:Array(Float32)}) AS d
          FROM %s ORDER BY d LIMIT %d\
        """
            .formatted(table.name().texts().sql(), candidates),
        candidates);
  }

  /**
   * The statement that compares the vectors of all rows that meet the condition.
   *
   * @param candidates as above
   */
  String exact(int candidates) {
    return sql(
        """
        SELECT t.key AS key, t.text AS text, cosineDistance(t.vector, {vector:Array(Float32)}) AS d
          FROM (SELECT *, %s FROM %s%s) AS t INNER JOIN (SELECT %s FROM %s WHERE %s) AS p ON %s
          WHERE has(%s, t.text) ORDER BY d LIMIT %d SETTINGS query_plan_try_use_vector_search = 0\
        """
            .formatted(
                keyColumns("key"),
                table.name().texts().sql(),
                ofMatchingRows(),
                presentColumns(),
                table.name().currentView().sql(),
                where(),
                joined("t", "p"),
                presentTexts("p"),
                candidates),
        candidates);
  }

  private String sql(String near, int candidates) {
    return """
    WITH
      (SELECT groupArray((key, text, d)) FROM (%1$s)) AS _walcdc_near,
      %2$s AS _walcdc_worded,
      _walcdc_candidates AS (
        SELECT c.1 AS key, c.2 AS text, c.3 AS d, c.4 AS s, %3$s
        FROM (SELECT arrayJoin(arrayConcat(
          arrayMap(x -> (x.1, x.2, CAST(x.3, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)')), _walcdc_near),
          arrayMap(x -> (x.1, x.2, CAST(NULL, 'Nullable(Float64)'), CAST(x.3, 'Nullable(Float64)')), _walcdc_worded))) AS c))
    SELECT row, distance, by_meaning, by_words,
      ifNull(1 / (%4$d + by_meaning), 0) + ifNull(1 / (%4$d + by_words), 0) AS score,
      length(_walcdc_near) AS near_texts, near_rows
    FROM (
      SELECT row, key, distance, count(distance) OVER () AS near_rows,
        if(isNull(distance), NULL, rank() OVER (ORDER BY distance ASC NULLS LAST)) AS by_meaning,
        if(isNull(word_score), NULL, rank() OVER (ORDER BY word_score DESC NULLS LAST)) AS by_words
      FROM (
        SELECT any(p._walcdc_row) AS row, c.key AS key, min(c.d) AS distance, max(c.s) AS word_score
        FROM _walcdc_candidates AS c
        INNER JOIN (
          SELECT %5$s, CAST(tuple(%6$s), %12$s) AS _walcdc_row FROM %7$s
          WHERE (%8$s) IN (SELECT %9$s FROM _walcdc_candidates WHERE %14$s) AND %10$s
        ) AS p ON %11$s
        WHERE has(%13$s, c.text)
        GROUP BY c.key))
    ORDER BY score DESC, distance ASC NULLS LAST, key LIMIT %15$d\
    """
        .formatted(
            near,
            worded(candidates),
            keyColumns("c.1"),
            RANK_OFFSET,
            presentColumns(),
            Sql.identifiers(table.types().keySet()),
            table.name().currentView().sql(),
            Sql.identifiers(table.schema().key()),
            names(i -> "assumeNotNull(k" + i + ")", ", "),
            where(),
            joined("c", "p"),
            Sql.literal(rowType()),
            presentTexts("p"),
            names(i -> "isNotNull(k" + i + ")", " AND "),
            limit);
  }

  /** The table of texts is sorted by hash: of a few rows' texts the others are not read. */
  private String ofMatchingRows() {
    return condition == null
        ? ""
        : " WHERE hash IN (SELECT SHA256(arrayJoin(%s)) FROM %s WHERE %s)"
            .formatted(textsOfRow(), table.name().currentView().sql(), where());
  }

  /** A word is worth the same wherever it stands; of equal texts the shorter one is nearer. */
  private String worded(int candidates) {
    if (words.isEmpty()) {
      return "CAST([], 'Array(Tuple(Array(String), String, Float64))')";
    }
    return """
    (SELECT groupArray((key, text, s)) FROM (
      SELECT key, text, arraySum(arrayMap((word, weight) ->
        if(has(tokens(lower(text), 'splitByNonAlpha'), word), weight, 0),
        {words:Array(String)}, {weights:Array(Float64)})) AS s
      FROM %s WHERE hasAnyTokens(text, {words:Array(String)})
      ORDER BY s DESC, length(text), key LIMIT %d))\
    """
        .formatted(table.name().texts().sql(), candidates);
  }

  private String where() {
    return condition == null ? "1" : condition.sql();
  }

  /** The key's values, read from texts: {@code ... AS k0, ... AS k1}. */
  private String keyColumns(String key) {
    List<Column> columns = table.key();
    return IntStream.range(0, columns.size())
        .mapToObj(
            i ->
                KeyText.parse(
                        columns.get(i),
                        "%s[%d]".formatted(key, i + 1),
                        table.types().get(columns.get(i).name()))
                    + " AS k"
                    + i)
        .collect(Collectors.joining(", "));
  }

  /** The present row's key and texts, under names that no column of the source hides. */
  private String presentColumns() {
    List<String> columns = new ArrayList<>();
    List<Column> key = table.key();
    for (int i = 0; i < key.size(); i++) {
      columns.add(Sql.identifier(key.get(i).name()) + " AS _walcdc_p" + i);
    }
    columns.add(textsOfRow() + " AS _walcdc_texts");
    return String.join(", ", columns);
  }

  private String textsOfRow() {
    return table.textColumns().stream()
        .map(column -> "ifNull(%s, '')".formatted(Sql.identifier(column)))
        .collect(Collectors.joining(", ", "CAST([", "], 'Array(String)')"));
  }

  private static String presentTexts(String table) {
    return table + "._walcdc_texts";
  }

  private String joined(String candidates, String present) {
    return IntStream.range(0, table.key().size())
        .mapToObj(i -> "%s.k%d = %s._walcdc_p%d".formatted(candidates, i, present, i))
        .collect(Collectors.joining(" AND "));
  }

  private String names(IntFunction<String> name, String between) {
    return IntStream.range(0, table.key().size())
        .mapToObj(name)
        .collect(Collectors.joining(between));
  }

  private String rowType() {
    return table.types().entrySet().stream()
        .map(column -> Sql.identifier(column.getKey()) + " " + column.getValue())
        .collect(Collectors.joining(", ", "Tuple(", ")"));
  }

  private static String array(float[] vector) {
    StringBuilder text = new StringBuilder("[");
    for (float number : vector) {
      text.append(text.length() == 1 ? "" : ",").append(number);
    }
    return text.append(']').toString();
  }
}
