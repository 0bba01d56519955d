package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.verify.VerifyReport;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random tables under random transactions end up alike in PostgreSQL, ClickHouse and Iceberg. To
 * see a failure of a soak again, add its seed.
 */
class RandomHistoryIT {

  private static final int STEPS = 1_500;
  private static RunningPipeline running;

  @BeforeAll
  static void start() {
    running = RunningPipeline.servers("random-history");
    running.startPipeline();
    running.awaitHealthy();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void allAgree(long seed) throws Exception {
    Path script = Path.of("target", "histories", seed + ".sql");
    String schema = "history_" + seed;
    new RandomHistory(running.source(), schema, seed, script).run(STEPS, () -> false);
    VerifyReport report = running.verify(schema + "\\..*");
    assertThat(report.agrees()).as("seed %d, %s: %s", seed, script, report).isTrue();
    assertThat(report.tables()).hasSize(6);
  }
}
