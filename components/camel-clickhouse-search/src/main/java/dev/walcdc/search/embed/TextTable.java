package dev.walcdc.search.embed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.clickhouse.ClickHouseException;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.clickhouse.RowBinaryOutput;
import dev.walcdc.clickhouse.Sql;
import dev.walcdc.clickhouse.TableName;
import dev.walcdc.search.embed.TextEntry.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The texts of one table, each with its vector and with the keys of the rows that have, or had, it.
 * Nothing in it is ever wrong, for a text's vector depends on the text alone; what is outdated is
 * found out when it is searched, by a look at the row. So it is only ever added to, in any order
 * and any number of times. Safe to share.
 */
final class TextTable {

  /** Where a model is noted on the table. */
  private static final String COMMENT = "Texts of a table and their vectors by model ";

  /**
   * How many neighbours each vector has in the index, and how many are looked at when it is put
   * there: more find better and cost time and room. Common values, see ADR 15.
   */
  private static final int NEIGHBOURS = 32;

  private static final int BUILDING_CANDIDATES = 128;

  /** Rows that are read together. A row is wide, and a search reads a few of many places. */
  private static final int GRANULE_ROWS = 256;

  /** Texts and keys are in a statement's text, which by default may be no longer than 256 KiB. */
  private static final Map<String, String> LONG_QUERY =
      Map.of("max_query_size", "1073741824", "max_ast_elements", "10000000");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ClickHouseServer server;
  private final TableName name;

  /**
   * @param name of this table, not of the one whose texts it has
   */
  TextTable(ClickHouseServer server, TableName name) {
    this.server = server;
    this.name = name;
  }

  /**
   * Makes the table unless it is there.
   *
   * @throws ClickHouseException also if it is there with vectors of another model
   */
  void create(String model, int dimension) {
    server.execute(
        """
        CREATE TABLE IF NOT EXISTS %s (
          hash FixedString(32), key Array(String), text String, vector Array(Float32),
          INDEX by_meaning vector TYPE vector_similarity('hnsw', 'cosineDistance', %d, 'bf16', %d, %d)
            GRANULARITY 100000000,
          INDEX by_word text TYPE text(tokenizer = splitByNonAlpha, preprocessor = lower(text)))
        ENGINE = ReplacingMergeTree ORDER BY (hash, key)
        SETTINGS index_granularity = %d COMMENT %s\
        """
            .formatted(
                name.sql(),
                dimension,
                NEIGHBOURS,
                BUILDING_CANDIDATES,
                GRANULE_ROWS,
                Sql.literal(COMMENT + model)));
    String found =
        parse(
                server.ask(
                    "SELECT comment FROM system.tables WHERE database = {d:String} AND name ="
                        + " {t:String}",
                    Map.of("d", name.database(), "t", name.table()),
                    Map.of()))
            .path("comment")
            .asText();
    if (!found.equals(COMMENT + model)) {
      throw new ClickHouseException(
          "%s does not have vectors of model `%s`: its comment is `%s`. Vectors of two models cannot be compared: drop %s in ClickHouse and resync its table, which computes them anew."
              .formatted(name, model, found, name));
    }
  }

  /**
   * What is known of some texts.
   *
   * @param hashes texts that have a vector
   * @param places texts that are known to be at a row
   */
  record Known(Set<String> hashes, Set<Place> places) {}

  /** What is known of these entries, and of no other. */
  Known known(Collection<TextEntry> entries) {
    String answer =
        server.ask(
            "SELECT lower(hex(hash)) AS name, groupUniqArrayIf(key, (hash, key) IN (%s)) AS keys FROM %s WHERE hash IN (%s) GROUP BY hash"
                .formatted(
                    entries.stream()
                        .map(e -> "(%s, %s)".formatted(literal(e.hash()), literal(e.key())))
                        .collect(Collectors.joining(",")),
                    name.sql(),
                    entries.stream()
                        .map(e -> literal(e.hash()))
                        .distinct()
                        .collect(Collectors.joining(","))),
            Map.of(),
            LONG_QUERY);
    Known known = new Known(new HashSet<>(), new HashSet<>());
    answer
        .lines()
        .forEach(
            line -> {
              JsonNode row = parse(line);
              String hash = row.get("name").asText();
              known.hashes().add(hash);
              row.get("keys")
                  .forEach(
                      key -> {
                        List<String> parts = new ArrayList<>();
                        key.forEach(part -> parts.add(part.asText()));
                        known.places().add(new Place(hash, parts));
                      });
            });
    return known;
  }

  /** Adds rows that have texts whose vectors are there. Vectors stay in the server. */
  void addPlaces(Collection<TextEntry> entries) {
    server.execute(
        """
        INSERT INTO %1$s (hash, key, text, vector)
        SELECT p.hash, p.key, e.text, e.vector
        FROM (SELECT toFixedString(unhex(hex), 32) AS hash, key FROM values('hex String, key Array(String)', %2$s)) AS p
        INNER JOIN (SELECT hash, text, vector FROM %1$s WHERE hash IN (%3$s) LIMIT 1 BY hash) AS e
          ON p.hash = e.hash\
        """
            .formatted(
                name.sql(),
                entries.stream()
                    .map(e -> "(%s, %s)".formatted(Sql.literal(e.hash()), literal(e.key())))
                    .collect(Collectors.joining(",")),
                entries.stream()
                    .map(e -> literal(e.hash()))
                    .distinct()
                    .collect(Collectors.joining(","))),
        LONG_QUERY);
  }

  /**
   * Adds entries; they are found when this returns.
   *
   * @param vectors by the hash of each entry's text
   */
  void add(Collection<TextEntry> entries, Map<String, float[]> vectors) {
    server.insert(
        name,
        List.of("hash", "key", "text", "vector"),
        stream -> {
          RowBinaryOutput out = new RowBinaryOutput(stream);
          out.writeLength(4);
          for (String column : List.of("hash", "key", "text", "vector")) {
            out.writeString(column);
          }
          for (String type :
              List.of("FixedString(32)", "Array(String)", "String", "Array(Float32)")) {
            out.writeString(type);
          }
          for (TextEntry entry : entries) {
            write(entry, vectors.get(entry.hash()), out);
          }
          out.flush();
          stream.close();
        });
  }

  private static void write(TextEntry entry, float[] vector, RowBinaryOutput out)
      throws IOException {
    ByteBuffer hash =
        ByteBuffer.wrap(HexFormat.of().parseHex(entry.hash())).order(ByteOrder.LITTLE_ENDIAN);
    while (hash.hasRemaining()) {
      out.writeLong(hash.getLong());
    }
    out.writeLength(entry.key().size());
    for (String part : entry.key()) {
      out.writeString(part);
    }
    out.writeString(entry.text());
    out.writeLength(vector.length);
    for (float number : vector) {
      out.writeInt(Float.floatToIntBits(number));
    }
  }

  private static String literal(String hash) {
    return "unhex('%s')".formatted(hash);
  }

  private static String literal(List<String> key) {
    return key.stream().map(Sql::literal).collect(Collectors.joining(",", "[", "]"));
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("ClickHouse's answer is no JSON", e);
    }
  }

  /** For messages. */
  @Override
  public String toString() {
    return name.toString();
  }

  /** Vectors by the hash of their text. */
  static Map<String, float[]> byHash(List<TextEntry> entries, List<float[]> vectors) {
    Map<String, float[]> byHash = new HashMap<>();
    for (int i = 0; i < entries.size(); i++) {
      byHash.put(entries.get(i).hash(), vectors.get(i));
    }
    return byHash;
  }
}
