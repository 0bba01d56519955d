package dev.walcdc.bench.search;

import dev.walcdc.bench.BenchException;
import dev.walcdc.local.ConnectionSettings;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

/** Statements that take longer than a pipeline would wait. */
final class ClickHouseHttp {

  private static final int HTTP_OK = 200;

  private final ConnectionSettings.ClickHouse server;
  private final HttpClient http = HttpClient.newHttpClient();

  ClickHouseHttp(ConnectionSettings.ClickHouse server) {
    this.server = server;
  }

  /** Runs a statement and returns its rows, columns by tabs. */
  List<String> run(String sql) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(server.url())
                .header("X-ClickHouse-User", server.user())
                .header("X-ClickHouse-Key", server.password())
                .POST(HttpRequest.BodyPublishers.ofString(sql))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != HTTP_OK) {
      throw new BenchException("ClickHouse answered: " + response.body().strip());
    }
    return response.body().lines().toList();
  }

  /** The only value of the only row. */
  double number(String sql) throws IOException, InterruptedException {
    return Double.parseDouble(run(sql).get(0));
  }
}
