package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.Operation;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows that change while they are compared. */
class UnderLoadIT {

  private TestBed bed;
  private TableSchema table;

  @BeforeEach
  void fill() {
    bed = new TestBed();
    bed.sql(
        "CREATE TABLE %s.t (id int PRIMARY KEY, v int)",
        "INSERT INTO %s.t SELECT i, 0 FROM generate_series(1, 100) i");
    table = bed.describe("t");
    Object[][] rows = new Object[100][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new Object[] {i + 1, 0};
    }
    bed.create(table, rows);
  }

  @AfterEach
  void close() throws Exception {
    bed.close();
  }

  private VerifyReport.Table verify(Patience patience) {
    return bed.verifier().verify(List.of(bed.table("t")), patience).tables().get(0);
  }

  @Test
  void aSinkThatCatchesUpLaterAgrees() throws Exception {
    bed.sql(
        "UPDATE %s.t SET v = 1 WHERE id = 5",
        "DELETE FROM %s.t WHERE id = 6", "INSERT INTO %s.t VALUES (200, 2)");
    CompletableFuture<Void> later =
        CompletableFuture.runAsync(
            () ->
                bed.applyToBoth(
                    table,
                    List.of(
                        bed.change(Operation.UPDATE, 5, 1),
                        bed.change(Operation.DELETE, 6, null),
                        bed.change(Operation.CREATE, 200, 2))),
            CompletableFuture.delayedExecutor(1_500, TimeUnit.MILLISECONDS));
    VerifyReport.Table report = verify(Patience.of(Duration.ofMinutes(5)));
    later.get();
    assertThat(report.agrees()).isTrue();
    // Not only once patience was over.
    assertThat(report.seconds()).isLessThan(200);
  }

  @Test
  void aRowThatKeepsChangingIsGivenTimeUntilItIsLeftAlone() throws Exception {
    // The sinks lag by all of it; patience for a row at rest is shorter than the changing takes.
    Patience patience =
        new Patience(
            Duration.ofSeconds(3),
            Duration.ofMinutes(2),
            Duration.ofMillis(100),
            Duration.ofMillis(200));
    bed.sql("UPDATE %s.t SET v = 1 WHERE id = 5");
    CompletableFuture<Void> changes =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 2; i <= 20; i++) {
                sleep(300);
                bed.sql("UPDATE %s.t SET v = " + i + " WHERE id = 5");
              }
              bed.applyToBoth(table, List.of(bed.change(Operation.UPDATE, 5, 20)));
            });
    VerifyReport.Table report = verify(patience);
    changes.get();
    assertThat(report.agrees()).isTrue();
  }

  @Test
  void aRowThatNeverRestsIsReportedInTheEnd() {
    Patience patience =
        new Patience(
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofMillis(100),
            Duration.ofMillis(200));
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> changes =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 1; !stop.get(); i++) {
                bed.sql("UPDATE %s.t SET v = " + i + " WHERE id = 5");
                sleep(100);
              }
            });
    sleep(500);
    try {
      VerifyReport.Table report = verify(patience);
      assertThat(report.sinks())
          .allSatisfy(
              sink ->
                  assertThat(sink.differences())
                      .singleElement()
                      .satisfies(d -> assertThat(d.kind()).isEqualTo(Kind.DIFFERENT))
                      .satisfies(d -> assertThat(d.changing()).isTrue()));
      assertThat(report.seconds()).isGreaterThanOrEqualTo(3.0);
    } finally {
      stop.set(true);
      changes.join();
    }
  }

  @Test
  void aSteadyLoadThatTheSinksFollowAgreesAndAnErrorInItIsFound() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> load = CompletableFuture.runAsync(() -> load(stop));
    try {
      assertThat(verify(Patience.of(Duration.ofSeconds(5))).agrees()).isTrue();
      bed.apply("clickhouse:*", table, List.of(bed.change(Operation.DELETE, 99, null)));
      VerifyReport.Table report = verify(Patience.of(Duration.ofSeconds(5)));
      assertThat(TestBed.sink(report, "iceberg").agrees()).isTrue();
      assertThat(TestBed.sink(report, "clickhouse").differences())
          .containsExactly(
              new Difference(Kind.MISSING, java.util.Map.of("id", "99"), List.of(), 1, false));
    } finally {
      stop.set(true);
      load.get();
    }
  }

  /** Changes of ten rows, half a second before they are in the sinks. */
  private void load(AtomicBoolean stop) {
    Random random = new Random(1);
    for (int i = 1; !stop.get(); i++) {
      int id = 1 + random.nextInt(10);
      int fresh = 1_000 + i;
      bed.sql(
          "UPDATE %s.t SET v = " + i + " WHERE id = " + id,
          "INSERT INTO %s.t VALUES (" + fresh + ", 0)",
          "DELETE FROM %s.t WHERE id = " + (fresh - 5));
      sleep(500);
      bed.applyToBoth(
          table,
          List.of(
              bed.change(Operation.UPDATE, id, i),
              bed.change(Operation.CREATE, fresh, 0),
              bed.change(Operation.DELETE, fresh - 5, null)));
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
