package dev.walcdc.verify;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;

/**
 * Statements to ClickHouse over HTTP. Not by Java's newer client: it waits without end for the next
 * bytes of an answer.
 */
final class ClickHouseHttp {

  private static final int CONNECT_MILLIS = 10_000;
  private static final int LONGEST_MESSAGE = 2_000;

  private final ClickHouseAccess access;

  ClickHouseHttp(ClickHouseAccess access) {
    this.access = access;
  }

  /**
   * Sends a statement.
   *
   * @return the answer, in RowBinary unless the statement says otherwise; to be closed
   * @throws Refusal if the server refuses it
   * @throws IOException if the server does not answer
   */
  InputStream send(String sql) throws IOException {
    URL url =
        new URL(
            access.url().getScheme()
                + "://"
                + access.url().getAuthority()
                + "/?default_format=RowBinary");
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(Math.toIntExact(Patience.LONGEST_SILENCE.toMillis()));
    connection.setDoOutput(true);
    connection.setRequestProperty("X-ClickHouse-User", access.user());
    if (access.password() != null && !access.password().isEmpty()) {
      connection.setRequestProperty("X-ClickHouse-Key", access.password());
    }
    try (OutputStream request = connection.getOutputStream()) {
      request.write(sql.getBytes(StandardCharsets.UTF_8));
    }
    if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
      try (InputStream error = connection.getErrorStream()) {
        throw new Refusal(
            connection.getResponseCode() == HttpURLConnection.HTTP_FORBIDDEN,
            error == null
                ? connection.getResponseMessage()
                : new String(error.readNBytes(LONGEST_MESSAGE), StandardCharsets.UTF_8).strip());
      }
    }
    return connection.getInputStream();
  }

  /** The server's own words. */
  static final class Refusal extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean forbidden;

    Refusal(boolean forbidden, String message) {
      super(message);
      this.forbidden = forbidden;
    }

    /** Whether it is the user that the server refuses. */
    boolean isForbidden() {
      return forbidden;
    }
  }
}
