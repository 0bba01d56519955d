package dev.walcdc.local;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A plain HTTP request; no client object, which would keep threads of its own. */
final class HttpCall {
  private static final int CONNECT_MILLIS = 2_000;
  private static final int READ_MILLIS = 30_000;

  private HttpCall() {}

  /** Sends a request and returns the answer's body; any status but 2xx is an IOException. */
  static String send(String method, URI uri, Map<String, String> headers, String body)
      throws IOException {
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    connection.setRequestMethod(method);
    headers.forEach(connection::setRequestProperty);
    try {
      if (!body.isEmpty()) {
        connection.setDoOutput(true);
        connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
      }
      int status = connection.getResponseCode();
      try (InputStream in =
          status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        if (status / 100 != 2) {
          throw new IOException("status " + status + ": " + text.strip());
        }
        return text;
      }
    } finally {
      connection.disconnect();
    }
  }
}
