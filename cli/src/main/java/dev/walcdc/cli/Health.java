package dev.walcdc.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks a pipeline how it is. */
final class Health {

  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int HTTP_OK = 200;

  private Health() {}

  /** Whether the pipeline answers that all is well. */
  static boolean isUp(Run run) {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/observe/health".formatted(run.managementPort())))
            .timeout(TIMEOUT)
            .build();
    try {
      HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == HTTP_OK;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
