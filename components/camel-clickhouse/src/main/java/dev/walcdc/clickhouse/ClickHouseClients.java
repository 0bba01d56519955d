package dev.walcdc.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ClientFaultCause;
import java.net.URI;
import java.time.temporal.ChronoUnit;

/** Builds the official client from an endpoint's options, of this component or another. */
public final class ClickHouseClients {

  private static final long CONNECT_TIMEOUT_SECONDS = 10;

  private ClickHouseClients() {}

  /** A client of the endpoint's own, to be closed by it. */
  public static Client create(ClickHouseConfiguration configuration) {
    return new Client.Builder()
        .addEndpoint(endpointOf(configuration))
        .setUsername(configuration.getUsername())
        .setPassword(configuration.getPassword() == null ? "" : configuration.getPassword())
        .compressClientRequest(configuration.isCompression())
        // In LZ4 frames. The client's own blocks have no room for data that grow when compressed.
        .useHttpCompression(configuration.isCompression())
        .setConnectTimeout(CONNECT_TIMEOUT_SECONDS, ChronoUnit.SECONDS)
        .setSocketTimeout(configuration.getRequestTimeout(), ChronoUnit.MILLIS)
        // A pooled connection that the server has closed meanwhile. Everything else is the route's
        // to try again: it knows how long to wait, and says so in its health.
        .retryOnFailures(ClientFaultCause.NoHttpResponse)
        .setMaxRetries(1)
        .setClientName("wal-cdc")
        .build();
  }

  /** Where a client that somebody else made connects to, for messages. */
  @SuppressWarnings("deprecation") // The client offers no other way to ask.
  static String endpointsOf(Client client) {
    return String.join(", ", client.getEndpoints());
  }

  /**
   * The server's URL, and nothing but scheme, host and port of it: it appears in messages, and a
   * URL may carry a password.
   *
   * @throws IllegalArgumentException if there is no such URL among the options
   */
  public static String endpointOf(ClickHouseConfiguration configuration) {
    String text = configuration.getServerUrl();
    if (text == null || text.isBlank()) {
      throw new IllegalArgumentException(
          "Option `serverUrl` is missing: set it to the server's HTTP interface,"
              + " e.g. http://localhost:8123");
    }
    URI url = parse(text);
    String scheme = configuration.isSsl() ? "https" : url.getScheme();
    return "%s://%s:%d".formatted(scheme, url.getHost(), url.getPort());
  }

  private static URI parse(String text) {
    URI url;
    try {
      url = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw unusable(e);
    }
    if (url.getHost() == null || url.getPort() < 0 || url.getScheme() == null) {
      throw unusable(null);
    }
    if (url.getUserInfo() != null || url.getQuery() != null) {
      throw new IllegalArgumentException(
          "Option `serverUrl` must not carry credentials or settings: use `username` and"
              + " `password`");
    }
    return url;
  }

  private static IllegalArgumentException unusable(IllegalArgumentException cause) {
    return new IllegalArgumentException(
        "Option `serverUrl` is not a URL with a host and a port, such as http://localhost:8123",
        cause);
  }
}
