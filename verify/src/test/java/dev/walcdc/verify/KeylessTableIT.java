package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.Operation;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables without a key are compared as multisets. */
class KeylessTableIT {

  private TestBed bed;
  private TableSchema table;

  @BeforeEach
  void fill() {
    bed = new TestBed();
    bed.sql(
        "CREATE TABLE %s.t (a int, v text)",
        "INSERT INTO %s.t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL), (2, '')");
    table = bed.describe("t");
  }

  @AfterEach
  void close() throws Exception {
    bed.close();
  }

  private static Object[] row(Object... values) {
    return values;
  }

  private static Difference difference(Kind kind, int a, String v, long times) {
    Map<String, String> row = new HashMap<>();
    row.put("a", Integer.toString(a));
    row.put("v", v);
    return new Difference(kind, row, List.of(), times, false);
  }

  @Test
  void equalRowsAreCounted() {
    bed.create(table, row(1, "x"), row(2, ""), row(1, "x"), row(2, null), row(1, "x"));
    VerifyReport.Table report = bed.verify("t");
    assertThat(report.agrees()).isTrue();
    assertThat(report.key()).isEmpty();
    assertThat(report.sinks()).extracting(VerifyReport.Sink::agreeing).containsExactly(5L, 5L);
  }

  @Test
  void tooManyAndTooFewAreNamed() {
    bed.create(table, row(1, "x"), row(2, ""), row(2, ""), row(9, "other"));
    VerifyReport.Table report = bed.verify("t");
    for (VerifyReport.Sink sink : report.sinks()) {
      assertThat(sink.differences())
          .containsExactlyInAnyOrder(
              difference(Kind.MISSING, 1, "x", 2),
              difference(Kind.EXTRA, 2, "", 1),
              difference(Kind.MISSING, 2, null, 1),
              difference(Kind.EXTRA, 9, "other", 1));
      assertThat(sink.differing()).isEqualTo(5);
      assertThat(sink.agreeing()).isEqualTo(2);
    }
  }

  @Test
  void whatComesLaterSettles() throws Exception {
    bed.create(table, row(1, "x"), row(1, "x"), row(1, "x"), row(2, null));
    CompletableFuture<Void> later =
        CompletableFuture.runAsync(
            () -> bed.applyToBoth(table, List.of(bed.change(Operation.CREATE, 2, ""))),
            CompletableFuture.delayedExecutor(1_500, TimeUnit.MILLISECONDS));
    Patience patience = Patience.of(Duration.ofMinutes(5));
    VerifyReport report = bed.verifier().verify(List.of(bed.table("t")), patience);
    later.get();
    assertThat(report.agrees()).isTrue();
    // Not only once patience was over.
    assertThat(report.seconds()).isLessThan(200);
  }
}
