package dev.walcdc.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** What a pipeline on this machine says of itself. */
public enum Health {
  /** All is well. */
  UP,
  /** Something waits; its log says what. */
  DOWN,
  /** It does not run, or not yet. */
  SILENT;

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int HTTP_OK = 200;

  /**
   * Asks a pipeline; an interrupt counts as silence and stays set.
   *
   * @param managementPort port of its health and metrics
   */
  public static Health of(int managementPort) {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/observe/health".formatted(managementPort)))
            .timeout(TIMEOUT)
            .build();
    try {
      HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      return status == HTTP_OK ? UP : DOWN;
    } catch (IOException e) {
      return SILENT;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return SILENT;
    }
  }
}
