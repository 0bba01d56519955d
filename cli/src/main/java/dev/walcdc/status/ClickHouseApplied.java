package dev.walcdc.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.local.ConnectionSettings;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Reads table {@code walcdc.applied} in ClickHouse. */
final class ClickHouseApplied {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int UNKNOWN_DATABASE = 81;
  private static final int UNKNOWN_TABLE = 60;
  private static final int HTTP_OK = 200;
  private static final String QUERY =
      """
      SELECT topic, partition, toInt64(next_offset) AS next_offset, toInt64(lsn) AS lsn,
             toUnixTimestamp64Micro(committed_at) AS committed_at,
             toUnixTimestamp64Micro(applied_at) AS applied_at, toInt64(records) AS records
        FROM walcdc.applied FINAL
      SETTINGS output_format_json_quote_64bit_integers = 0
      FORMAT JSONEachRow
      """;

  private final ConnectionSettings.ClickHouse server;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final ObjectMapper json = new ObjectMapper();

  ClickHouseApplied(ConnectionSettings.ClickHouse server) {
    this.server = server;
  }

  /** What is applied, by topic; empty before the first batch. */
  Map<String, Applied> read() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(server.url())
            .timeout(TIMEOUT)
            .header("X-ClickHouse-User", server.user())
            .header("X-ClickHouse-Key", server.password())
            .POST(HttpRequest.BodyPublishers.ofString(QUERY))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != HTTP_OK) {
      int code =
          Integer.parseInt(
              response.headers().firstValue("X-ClickHouse-Exception-Code").orElse("0"));
      if (code == UNKNOWN_DATABASE || code == UNKNOWN_TABLE) {
        return Map.of();
      }
      throw new IOException("ClickHouse answered: " + response.body().strip());
    }
    Map<String, Applied> byTopic = new HashMap<>();
    for (String line : response.body().split("\n")) {
      if (!line.isEmpty()) {
        JsonNode row = json.readTree(line);
        byTopic.merge(row.get("topic").asText(), applied(row), ClickHouseApplied::together);
      }
    }
    return byTopic;
  }

  private static Applied applied(JsonNode row) {
    Map<Integer, Long> next = new HashMap<>();
    next.put(row.get("partition").asInt(), row.get("next_offset").asLong());
    return new Applied(
        next,
        row.get("records").asLong(),
        row.get("lsn").asLong(),
        row.get("committed_at").asLong(),
        row.get("applied_at").asLong());
  }

  private static Applied together(Applied a, Applied b) {
    a.nextOffsets().putAll(b.nextOffsets());
    Applied later = a.appliedAtMicros() >= b.appliedAtMicros() ? a : b;
    return new Applied(
        a.nextOffsets(),
        a.records() + b.records(),
        Math.max(a.lsn(), b.lsn()),
        later.committedAtMicros(),
        later.appliedAtMicros());
  }
}
