package dev.walcdc.systemtest;

import static dev.walcdc.systemtest.SplitPipeline.CAPTURE;
import static dev.walcdc.systemtest.SplitPipeline.CLICKHOUSE;
import static dev.walcdc.systemtest.SplitPipeline.ICEBERG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.failpoint.FailPoint;
import dev.walcdc.verify.VerifyReport;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A process ends, or fails, at each named step while changes flow; then all agree. One crash
 * follows the other: the process that recovers from one is the one that has the next.
 */
class FailPointIT {

  private static final long SEED = 20_261_124;

  /** So few rows in an insert that every batch has several. */
  private static final Map<String, String> SMALL_INSERTS =
      Map.of("JAVA_TOOL_OPTIONS", "-Dcamel.component.clickhouse.configuration.batchSize=3");

  private static RunningPipeline servers;
  private static SplitPipeline pipeline;
  private static Bank bank;
  private static int tables;

  @BeforeAll
  static void start() throws SQLException {
    servers = RunningPipeline.servers("fail-points");
    bank = Bank.found(servers.source());
    pipeline = new SplitPipeline(servers, Map.of()).startAll();
    pipeline.awaitHealthy();
    bank.open(2, SEED, Duration.ofMillis(30));
  }

  @AfterAll
  static void stop() throws Exception {
    bank.close();
    pipeline.close();
    servers.close();
  }

  /** Each stage's crashes, in their order; the stages have theirs at the same time. */
  private static final List<List<Step>> CRASHES =
      List.of(steps(CAPTURE, "capture."), sink(CLICKHOUSE), sink(ICEBERG));

  private static final List<List<Step>> LOST_ANSWERS =
      List.of(
          List.of(new Step(CAPTURE, FailPoint.CAPTURE_BATCH_WRITTEN, "throw")),
          List.of(
              new Step(CLICKHOUSE, FailPoint.CLICKHOUSE_AFTER_INSERT, "throw"),
              new Step(CLICKHOUSE, FailPoint.LOG_APPLIED, "throw")),
          List.of(
              new Step(ICEBERG, FailPoint.ICEBERG_COMMIT_SENT, "throw"),
              new Step(ICEBERG, FailPoint.ICEBERG_COMMIT_ANSWERED, "throw"),
              new Step(ICEBERG, FailPoint.LOG_APPLIED, "throw")));

  private record Step(String stage, FailPoint point, String action) {
    @Override
    public String toString() {
      return "%s %ss at %s".formatted(stage, action, point.id());
    }
  }

  private static List<Step> steps(String stage, String prefix) {
    return Arrays.stream(FailPoint.values())
        .filter(point -> point.id().startsWith(prefix))
        .map(point -> new Step(stage, point, "halt"))
        .toList();
  }

  private static List<Step> sink(String stage) {
    List<Step> all = new ArrayList<>(steps(stage, "change-log."));
    all.addAll(steps(stage, stage.replace("sink-", "") + "."));
    return all;
  }

  @Test
  void everyPointIsOfSomeStage() {
    assertThat(CRASHES.stream().flatMap(List::stream).map(Step::point))
        .contains(FailPoint.values());
  }

  @Test
  void stagesDieAtEachOfTheirPoints() throws Exception {
    follow(CRASHES);
  }

  /** What the server did and did not say is done again, with no effect. */
  @Test
  void stagesFailWhereAnAnswerIsLost() throws Exception {
    follow(LOST_ANSWERS);
  }

  private static void follow(List<List<Step>> stages) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(stages.size());
    try {
      List<Future<?>> running = new ArrayList<>();
      stages.forEach(steps -> running.add(threads.submit(() -> followOne(steps))));
      for (Future<?> stage : running) {
        stage.get();
      }
    } finally {
      threads.shutdownNow();
    }
    pipeline.awaitHealthy();
    VerifyReport report = bank.closedMeanwhile(servers::verify);
    assertThat(report.agrees()).as(report.toString()).isTrue();
    assertThat(report.tables()).extracting(VerifyReport.Table::table).contains("bank.history");
  }

  private static void followOne(List<Step> steps) {
    Random random = new Random(SEED);
    for (Step step : steps) {
      int nth = mayBeRare(step.point()) ? 1 : 1 + random.nextInt(4);
      System.out.printf("%s, time %d%n", step, nth);
      pipeline.failAt(
          step.stage(),
          step.point(),
          nth,
          step.action(),
          step.stage().equals(CLICKHOUSE) ? SMALL_INSERTS : Map.of(),
          () -> provoke(step));
    }
    if (steps.get(0).action().equals("halt")) {
      pipeline.start(steps.get(0).stage(), Map.of());
    }
  }

  private static boolean mayBeRare(FailPoint point) {
    return point == FailPoint.CAPTURE_SCHEMAS_PUBLISHED || point == FailPoint.CAPTURE_FENCE_WRITTEN;
  }

  /** What no load does by itself: a new table, and an epoch after the first. */
  private static void provoke(Step step) {
    try {
      if (step.point() == FailPoint.CAPTURE_SCHEMAS_PUBLISHED) {
        tables++;
        servers.execute(
            "CREATE TABLE bank.extra_%d (id int PRIMARY KEY)".formatted(tables),
            "INSERT INTO bank.extra_%d SELECT generate_series(1, 100)".formatted(tables));
      } else if (step.point() == FailPoint.CAPTURE_FENCE_WRITTEN) {
        dropSlot();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Until it succeeds: the capture that was killed, or the one that starts, may hold it. */
  private static void dropSlot() {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(
            () -> {
              servers.execute(
                  "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active",
                  "SELECT pg_drop_replication_slot('walcdc')");
              return true;
            });
  }
}
