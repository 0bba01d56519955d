package dev.walcdc.bench;

import dev.walcdc.local.ConnectionSettings;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Our pipeline, or one route of it, as {@code wal-cdc up} runs it: the same class, class path, JVM
 * options and settings. Another Java can be chosen by nothing but the one that runs this program.
 */
final class Pipeline {

  /** All routes. */
  static final String ALL = "*";

  private static final List<String> JVM_OPTIONS =
      List.of("-Xmx1g", "-XX:+UseParallelGC", "-XX:+ExitOnOutOfMemoryError");
  private static final Duration UP_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final int HTTP_OK = 200;

  private final ConnectionSettings servers;
  private final Path home;

  Pipeline(ConnectionSettings servers, Path home) {
    this.servers = servers;
    this.home = home;
  }

  /** A pipeline that runs. */
  record Running(Child child, int managementPort) implements AutoCloseable {

    /** Waits until it says that it is healthy. */
    void awaitUp() throws Exception {
      HttpClient http = HttpClient.newHttpClient();
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:%d/observe/health".formatted(managementPort)))
              .timeout(Duration.ofSeconds(2))
              .build();
      Await.until(child.name() + " is up", UP_TIMEOUT, PAUSE, child, () -> isUp(http, request));
    }

    private static boolean isUp(HttpClient http, HttpRequest request) throws InterruptedException {
      try {
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == HTTP_OK;
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public void close() {
      child.close();
    }
  }

  /**
   * Starts a route.
   *
   * @param route its id, which is its file's name, or {@link #ALL}
   */
  Running start(String route) throws IOException {
    int managementPort = freePort();
    Map<String, String> environment = environment();
    environment.put("MANAGEMENT_PORT", Integer.toString(managementPort));
    if (!route.equals(ALL)) {
      environment.put(
          "CAMEL_MAIN_ROUTESINCLUDEPATTERN",
          "classpath:routes/delivery-policy.camel.yaml,classpath:routes/%s.camel.yaml"
              .formatted(route));
    }
    String name = route.equals(ALL) ? "pipeline" : route;
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(JVM_OPTIONS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.walcdc.Pipeline"));
    return new Running(
        new Child(name, command, environment, home, home.resolve("logs/" + name + ".log")),
        managementPort);
  }

  /** The same settings as {@code wal-cdc up} gives its pipeline. */
  private Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("INGESTION_MODE", "cdc");
    environment.put("TABLES", "app\\.ledger");
    environment.put("KAFKA_BROKERS", servers.kafka().bootstrapServers());
    environment.put("SOURCE_HOSTNAME", servers.postgres().host());
    environment.put("SOURCE_PORT", Integer.toString(servers.postgres().port()));
    environment.put("SOURCE_DATABASE", servers.postgres().database());
    environment.put("SOURCE_USER", servers.postgres().user());
    environment.put("SOURCE_PASSWORD", servers.postgres().password());
    environment.put("CLICKHOUSE_URL", servers.clickHouse().url().toString());
    environment.put("CLICKHOUSE_USER", servers.clickHouse().user());
    environment.put("CLICKHOUSE_PASSWORD", servers.clickHouse().password());
    environment.put("ICEBERG_CATALOG_URI", servers.catalog().jdbcUrl());
    environment.put("ICEBERG_CATALOG_USER", servers.catalog().user());
    environment.put("ICEBERG_CATALOG_PASSWORD", servers.catalog().password());
    environment.put("ICEBERG_WAREHOUSE", Lake.warehouse(servers));
    environment.put("ICEBERG_S3_ENDPOINT", servers.s3().endpoint().toString());
    environment.put("ICEBERG_S3_ACCESSKEY", servers.s3().accessKey());
    environment.put("ICEBERG_S3_SECRETKEY", servers.s3().secretKey());
    environment.put("ICEBERG_S3_REGION", servers.s3().region());
    return environment;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
