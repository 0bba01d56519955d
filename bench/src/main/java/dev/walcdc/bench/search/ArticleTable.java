package dev.walcdc.bench.search;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * Table {@code app.articles} as the pipeline writes it. The first rows come by the pipeline's own
 * steps, with vectors of their texts. The others are made of those in the server: a vector is a
 * mixture of two real ones and of noise, so that all lie where vectors of texts lie, in clusters of
 * any size. Uniform noise would lie nowhere near any question.
 */
final class ArticleTable {

  private static final String TEXTS = "app.articles_walcdc_texts";
  private static final String MOST_BYTES_TO_MERGE = "max_bytes_to_merge_at_max_space_in_pool";
  private static final long CHUNK = 50_000;
  private static final int DIMENSION = 384;

  /** Length of the noise in a vector, where the first of its two parts has 1. */
  private static final double NOISE = 0.25;

  /** Different words that stand behind the texts, the k-th in about every 12 k-th place. */
  private static final int WORDS = 100_000;

  private static final TableSchema SCHEMA =
      new TableSchema(
          "app",
          "articles",
          List.of(
              new Column("id", PostgresType.of("int8"), false, 1),
              new Column("text", PostgresType.of("text"), false, 2),
              new Column("price", PostgresType.of("int4"), false, 3),
              new Column("stock", PostgresType.of("int4"), false, 4)),
          List.of("id"),
          1,
          1);

  private final ConnectionSettings.ClickHouse settings;
  private final ClickHouseHttp server;

  ArticleTable(ConnectionSettings.ClickHouse settings) {
    this.settings = settings;
    this.server = new ClickHouseHttp(settings);
  }

  /** Makes the tables, with these texts in the first rows. */
  void create(List<String> texts) throws Exception {
    try (DefaultCamelContext camel = new DefaultCamelContext()) {
      String access =
          "serverUrl=%s&username=%s&password=RAW(%s)"
              .formatted(settings.url(), settings.user(), settings.password());
      // No class of its own: the pipelines that are measured look for routes on this class path.
      RouteBuilder.addRoutes(
          camel,
          routes ->
              routes
                  .from("direct:changes")
                  .to("clickhouse:*?" + access)
                  .to("clickhouse-search:embed?columns=.*&" + access));
      camel.start();
      List<RowChange> rows = new ArrayList<>();
      for (int i = 0; i < texts.size(); i++) {
        Object[] row = {(long) i, texts.get(i), i % 1_000, i % 997};
        rows.add(
            RowChange.of(
                new ChangePoint(Operation.CREATE, Version.of(1, i, i + 1), 0), row, 0, 0, 0));
      }
      camel
          .createProducerTemplate()
          .sendBody(
              "direct:changes", new ChangeBatch("t", SCHEMA, List.of(), rows, new TreeMap<>()));
    }
  }

  /** Adds rows until there are so many texts, without the indexes over them. */
  void grow(long first, long count, long seed) throws IOException, InterruptedException {
    // None but the one that is asked for: each merge builds the indexes of all of its rows again.
    server.run("ALTER TABLE " + TEXTS + " MODIFY SETTING " + MOST_BYTES_TO_MERGE + " = 1");
    server.run("CREATE DATABASE IF NOT EXISTS bench");
    server.run(
        "CREATE OR REPLACE TABLE bench.bases ENGINE = Memory AS SELECT toUInt64(key[1]) AS i, text,"
            + " vector FROM "
            + TEXTS);
    for (long from = first; from < count; from += CHUNK) {
      server.run(texts(first, from, Math.min(count, from + CHUNK), seed));
    }
    server.run(
        """
        INSERT INTO app.articles (id, text, price, stock, _version, _is_deleted)
        SELECT toInt64(key[1]) AS id, text, id %% 1000, id %% 997, %d + id, 0
        FROM %s WHERE id >= %d\
        """
            .formatted(count, TEXTS, first));
    // Every twentieth row is gone, and every twentieth says something else by now.
    server.run(
        """
        INSERT INTO app.articles (id, text, price, stock, _version, _is_deleted)
        SELECT id, concat('Sold: ', text), price, stock, %d + id, id %% 20 = 3
        FROM app.articles WHERE id %% 20 IN (3, 7)\
        """
            .formatted(2 * count));
  }

  private static String texts(long bases, long from, long to, long seed) {
    return """
    INSERT INTO %1$s (hash, key, text, vector)
    SELECT SHA256(text), [toString(id)], text, arrayMap(x -> toFloat32(x / length), sum)
    FROM (
      SELECT n.id AS id, concat(a.text, ' ', n.words) AS text,
        arrayMap((x, y, j) -> x + n.share * y
            + %2$s * (cityHash64(n.id, j, %3$d) / pow(2, 64) - 0.5),
          a.vector, b.vector, range(%4$d)) AS sum,
        L2Norm(sum) AS length
      FROM (
        SELECT number AS id, cityHash64(id, 1, %3$d) %% %5$d AS i, cityHash64(id, 2, %3$d) %% %5$d AS k,
          0.1 + 0.5 * (cityHash64(id, 3, %3$d) / pow(2, 64)) AS share,
          arrayStringConcat(arrayMap(w -> concat('m', toString(toUInt32(
            pow(%6$d, cityHash64(id, w, %3$d) / pow(2, 64))))), [4, 5, 6]), ' ') AS words
        FROM numbers(%7$d, %8$d)) AS n
      INNER JOIN bench.bases AS a ON a.i = n.i
      INNER JOIN bench.bases AS b ON b.i = n.k)
    SETTINGS materialize_skip_indexes_on_insert = 0, max_insert_threads = 1\
    """
        .formatted(
            TEXTS,
            NOISE * Math.sqrt(12.0 / DIMENSION),
            seed,
            DIMENSION,
            bases,
            WORDS,
            from,
            to - from);
  }

  /** Merges the texts into one part, which builds their indexes; returns seconds. */
  double merge() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    server.run("OPTIMIZE TABLE " + TEXTS + " FINAL");
    server.run("ALTER TABLE " + TEXTS + " RESET SETTING " + MOST_BYTES_TO_MERGE);
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Bytes on disk of the texts and their vectors, and of each index. */
  SearchFigures.Size size() throws IOException, InterruptedException {
    String part = " WHERE database = 'app' AND table = 'articles_walcdc_texts'";
    String index = "SELECT sum(data_compressed_bytes) FROM system.data_skipping_indices" + part;
    return new SearchFigures.Size(
        (long) server.number("SELECT sum(rows) FROM system.parts" + part + " AND active"),
        (int) server.number("SELECT count() FROM system.parts" + part + " AND active"),
        server.number("SELECT sum(data_compressed_bytes) FROM system.parts" + part + " AND active")
            / 1e6,
        server.number(index + " AND name = 'by_meaning'") / 1e6,
        server.number(index + " AND name = 'by_word'") / 1e6);
  }

  /**
   * Keys of the ten present rows that are nearest to each question, by comparing all.
   *
   * @param condition on the rows, in SQL
   */
  List<List<Long>> nearest(List<float[]> questions, String condition)
      throws IOException, InterruptedException {
    server.run(
        "CREATE OR REPLACE TABLE bench.questions (q UInt32, vector Array(Float32)) ENGINE = Memory");
    StringBuilder values = new StringBuilder("INSERT INTO bench.questions VALUES ");
    for (int q = 0; q < questions.size(); q++) {
      values.append(q == 0 ? "" : ",").append('(').append(q).append(",[");
      float[] vector = questions.get(q);
      for (int i = 0; i < vector.length; i++) {
        values.append(i == 0 ? "" : ",").append(vector[i]);
      }
      values.append("])");
    }
    server.run(values.toString());
    List<List<Long>> nearest = new ArrayList<>();
    for (String line :
        server.run(
            """
            SELECT arrayStringConcat(arrayMap(x -> toString(x.2), groupArraySorted(10)(
              (cosineDistance(t.vector, q.vector), t.id))), ' ')
            FROM (SELECT toInt64(key[1]) AS id, vector FROM %s
              WHERE (id, text) IN (SELECT id, text FROM app.articles_current WHERE %s)) AS t
            CROSS JOIN bench.questions AS q GROUP BY q.q ORDER BY q.q\
            """
                .formatted(TEXTS, condition))) {
      List<Long> ids = new ArrayList<>();
      for (String id : line.split(" ")) {
        ids.add(Long.valueOf(id));
      }
      nearest.add(ids);
    }
    return nearest;
  }
}
