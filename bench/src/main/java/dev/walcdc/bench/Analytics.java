package dev.walcdc.bench;

import dev.walcdc.local.ConnectionSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** The ClickHouse table {@code app.ledger}. */
final class Analytics {

  private static final int HTTP_OK = 200;
  private static final String NULL = "\\N";

  private final ConnectionSettings.ClickHouse server;
  private final HttpClient http = HttpClient.newHttpClient();

  Analytics(ConnectionSettings.ClickHouse server) {
    this.server = server;
  }

  /** How far the sink has come; it writes this down about a second after the data. */
  List<Progress> progress(String topic) throws IOException, InterruptedException {
    if (query("EXISTS TABLE walcdc.applied").strip().equals("0")) {
      return List.of();
    }
    return query(
            "SELECT next_offset, toUnixTimestamp64Micro(applied_at) FROM walcdc.applied FINAL WHERE topic = '%s'"
                .formatted(topic))
        .lines()
        .map(line -> line.split("\t", -1))
        .map(line -> new Progress(Long.parseLong(line[0]), Long.parseLong(line[1])))
        .toList();
  }

  /** The greatest id from here on that can be queried; 0 when there is none. */
  long newestId(long from) throws IOException, InterruptedException {
    return Long.parseLong(
        query("SELECT max(id) FROM app.ledger_current WHERE id >= " + from).strip());
  }

  /** Reads all rows, as a dashboard would. */
  RowDigest digest() throws IOException, InterruptedException {
    RowDigest digest = new RowDigest();
    HttpResponse<InputStream> response =
        http.send(
            request(
                "SELECT id, account, note, toUnixTimestamp64Micro(booked_at), amount, details FROM app.ledger_current"),
            HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      if (response.statusCode() != HTTP_OK) {
        throw new IOException("ClickHouse answered: " + lines.readLine());
      }
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] row = line.split("\t", -1);
        digest.add(
            Long.parseLong(row[0]),
            row[1],
            row[2].equals(NULL) ? null : row[2],
            Long.parseLong(row[3]),
            new BigDecimal(row[4]),
            row[5]);
      }
    }
    return digest;
  }

  private String query(String sql) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(request(sql), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    if (response.statusCode() != HTTP_OK) {
      throw new IOException("ClickHouse answered: " + response.body().strip());
    }
    return response.body();
  }

  private HttpRequest request(String sql) {
    return HttpRequest.newBuilder(server.url())
        .timeout(Duration.ofMinutes(2))
        .header("X-ClickHouse-User", server.user())
        .header("X-ClickHouse-Key", server.password())
        .POST(HttpRequest.BodyPublishers.ofString(sql))
        .build();
  }
}
