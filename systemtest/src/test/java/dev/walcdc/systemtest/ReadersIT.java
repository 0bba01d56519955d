package dev.walcdc.systemtest;

import static dev.walcdc.systemtest.SplitPipeline.CAPTURE;
import static dev.walcdc.systemtest.SplitPipeline.CLICKHOUSE;
import static dev.walcdc.systemtest.SplitPipeline.ICEBERG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.verify.VerifyReport;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two processes believe that the same work is theirs. */
class ReadersIT {

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final long SEED = 20_261_127;
  private static final List<String> SINKS = List.of(CLICKHOUSE, ICEBERG);

  private static RunningPipeline servers;
  private static SplitPipeline pipeline;
  private static Bank bank;

  @BeforeAll
  static void start() throws SQLException {
    servers = RunningPipeline.servers("readers");
    bank = Bank.found(servers.source());
    pipeline = new SplitPipeline(servers, Map.of()).startAll();
    pipeline.awaitHealthy();
    bank.open(2, SEED, Duration.ofMillis(20));
  }

  @AfterAll
  static void stop() throws Exception {
    bank.close();
    pipeline.close();
    servers.close();
  }

  /** Copies come, go in order, and die, so tables move again and again. */
  @Test
  void tablesMoveBetweenCopiesOfASink() {
    Random random = new Random(SEED);
    for (int round = 0; round < 3; round++) {
      for (String sink : SINKS) {
        pipeline.startCopy(second(sink), sink, Map.of());
      }
      SINKS.forEach(sink -> awaitReading(second(sink)));
      bank.awaitTransactions(50 + random.nextInt(100));
      for (String sink : SINKS) {
        if (random.nextBoolean()) {
          pipeline.killAndAwaitSuccessor(random.nextBoolean() ? sink : second(sink));
        }
        pipeline.stop(second(sink));
      }
    }
    assertAgreement();
  }

  @Test
  void aFrozenSinkWakesUpWhenAnotherHasItsTables() {
    for (String sink : SINKS) {
      pipeline.startCopy(second(sink), sink, Map.of());
      awaitReading(second(sink));
    }
    bank.awaitTransactions(50);
    SINKS.forEach(pipeline::freeze);
    Map<String, Long> before =
        Map.of(
            CLICKHOUSE, readings(second(CLICKHOUSE)),
            ICEBERG, readings(second(ICEBERG)));
    for (String sink : SINKS) {
      await(second(sink) + " takes over")
          .atMost(PATIENCE)
          .until(() -> readings(second(sink)) > before.get(sink));
    }
    bank.awaitTransactions(200);
    SINKS.forEach(pipeline::thaw);
    bank.awaitTransactions(100);
    assertAgreement();
    SINKS.forEach(sink -> pipeline.stop(second(sink)));
    assertAgreement();
  }

  @Test
  void aSecondCaptureIsRefusedAndTakesOverWhenTheFirstHasGone() {
    pipeline.startCopy(second(CAPTURE), CAPTURE, Map.of());
    await("the second says why it waits")
        .atMost(PATIENCE)
        .until(() -> !pipeline.said(second(CAPTURE), "is held by PID").isEmpty());
    pipeline.awaitUnhealthy(second(CAPTURE));
    bank.awaitTransactions(100);
    assertThat(pipeline.isHealthy(CAPTURE)).isTrue();
    pipeline.kill(CAPTURE);
    pipeline.stop(CAPTURE);
    pipeline.awaitHealthy(second(CAPTURE));
    bank.awaitTransactions(100);
    assertAgreement();
    pipeline.stop(second(CAPTURE));
    pipeline.start(CAPTURE, Map.of());
    pipeline.awaitHealthy();
    assertAgreement();
  }

  private static String second(String stage) {
    return stage + "-2";
  }

  private static void awaitReading(String copy) {
    await(copy + " has tables").atMost(PATIENCE).until(() -> readings(copy) > 0);
    pipeline.awaitHealthy(copy);
  }

  /** How often a copy was given tables. */
  private static long readings(String copy) {
    return pipeline.said(copy, " reads [dbserver1").size();
  }

  private static void assertAgreement() {
    VerifyReport report = bank.closedMeanwhile(servers::verify);
    assertThat(report.agrees()).as(report.toString()).isTrue();
  }
}
