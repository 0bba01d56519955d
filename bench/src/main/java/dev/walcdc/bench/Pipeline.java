package dev.walcdc.bench;

import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.cli.Health;
import dev.walcdc.cli.Mode;
import dev.walcdc.cli.PipelineEnvironment;
import dev.walcdc.cli.PipelineProcess;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Our pipeline, or one route of it, as {@code wal-cdc up} runs it: the same class, class path, JVM
 * options and settings. Another Java can be chosen by nothing but the one that runs this program.
 */
final class Pipeline {

  /** All routes. */
  static final String ALL = "*";

  private static final Duration UP_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(20);

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
      Await.until(
          child.name() + " is up",
          UP_TIMEOUT,
          PAUSE,
          child,
          () -> Health.of(managementPort) == Health.UP);
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
    return start(route, Map.of());
  }

  /**
   * Starts routes.
   *
   * @param routes their ids, comma between, or {@link #ALL}
   * @param settings variables of the environment beside those that {@code wal-cdc up} sets
   */
  Running start(String routes, Map<String, String> settings) throws IOException {
    int managementPort = LocalStack.freePort();
    Map<String, String> environment =
        PipelineEnvironment.of(Mode.CDC, source(), servers, "app\\.ledger");
    environment.put(PipelineEnvironment.MANAGEMENT_PORT, Integer.toString(managementPort));
    if (!routes.equals(ALL)) {
      environment.put("STAGES", routes);
    }
    environment.putAll(settings);
    String name = routes.equals(ALL) ? "pipeline" : routes;
    return new Running(
        new Child(
            name,
            PipelineProcess.command(),
            environment,
            home,
            home.resolve("logs/" + name + ".log")),
        managementPort);
  }

  private SourceConnection source() {
    ConnectionSettings.Postgres postgres = servers.postgres();
    return new SourceConnection(
        postgres.host(),
        postgres.port(),
        postgres.database(),
        postgres.user(),
        postgres.password());
  }
}
