package dev.walcdc.search.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.clickhouse.ClickHouseConstants;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.clickhouse.TableName;
import dev.walcdc.schema.TableSchema;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Knows which tables can be searched: those whose texts have a table. Asks each time, for tables
 * come and change. Safe to share.
 */
final class SearchableTables {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String FIND =
      """
      SELECT t.database AS database, t.name AS name, t.comment AS comment,
        groupArray((c.name, c.type)) AS columns
      FROM system.tables AS t
      INNER JOIN (SELECT database, table, name, type, position FROM system.columns ORDER BY position) AS c
        ON c.database = t.database AND c.table = concat(t.name, {view:String})
      WHERE (t.database, t.name) IN (
        SELECT database, substring(name, 1, length(name) - length({texts:String})) FROM system.tables
        WHERE endsWith(name, {texts:String}))
      GROUP BY database, name, comment ORDER BY database, name\
      """;

  private final ClickHouseServer server;

  SearchableTables(ClickHouseServer server) {
    this.server = server;
  }

  /**
   * The table that a search means.
   *
   * @param wanted {@code schema.table} as at the source, or the table alone; null for the only one
   * @throws SearchRefusedException if it is not one
   */
  SearchableTable find(String wanted) {
    List<SearchableTable> all = all();
    List<SearchableTable> found =
        all.stream()
            .filter(
                table ->
                    wanted == null
                        || table.sourceName().equals(wanted)
                        || table.schema().table().equals(wanted))
            .toList();
    if (found.size() == 1) {
      return found.get(0);
    }
    String names =
        all.stream().map(SearchableTable::sourceName).collect(Collectors.joining("`, `", "`", "`"));
    if (all.isEmpty()) {
      throw new SearchRefusedException(
          "No table can be searched: name text columns in property `embed.columns` (EMBED_COLUMNS),"
              + " such as `app.products.name`; rows that are there already are found once `wal-cdc"
              + " resync app.products` has read them again.");
    }
    throw new SearchRefusedException(
        wanted == null
            ? "Say which `table` to search: %s.".formatted(names)
            : "`table` is `%s`, which is %s; these can be searched: %s."
                .formatted(wanted, found.isEmpty() ? "none of them" : "several of them", names));
  }

  private List<SearchableTable> all() {
    String answer =
        server.ask(
            FIND,
            Map.of(
                "view", ClickHouseConstants.VIEW_SUFFIX, "texts", ClickHouseConstants.TEXTS_SUFFIX),
            Map.of());
    List<SearchableTable> tables = new ArrayList<>();
    answer
        .lines()
        .forEach(
            line -> {
              JsonNode row = parse(line);
              Map<String, String> types = new LinkedHashMap<>();
              row.get("columns")
                  .forEach(column -> types.put(column.get(0).asText(), column.get(1).asText()));
              TableSchema schema =
                  TableSchema.fromJson(
                      row.get("comment").asText().getBytes(StandardCharsets.UTF_8));
              tables.add(
                  new SearchableTable(
                      new TableName(row.get("database").asText(), row.get("name").asText()),
                      schema,
                      types));
            });
    return tables;
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("ClickHouse's answer is no JSON", e);
    }
  }
}
