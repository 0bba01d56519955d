package dev.walcdc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When to look again, and when to give up. */
class SettlingTest {

  private static final TablePlan PLAN =
      new TablePlan(new TableName("app", "t"), "", 0, 0, List.of());

  private static final SinkFailure OTHER_COLUMNS =
      SinkFailure.ofOtherColumns("other columns", null);

  private final Script script = new Script();

  /** A comparison whose outcomes are made up. */
  private static final class Script implements Comparison<Integer> {
    Function<Integer, Pass<Integer>> passes;
    BiFunction<Integer, Integer, Sight> sights = (look, doubt) -> new Sight(0, Kind.MISSING, 1);
    int passed;
    int looked;

    @Override
    public Pass<Integer> pass() {
      return passes.apply(++passed);
    }

    @Override
    public Map<Integer, Sight> look(SinkRows sink, Set<Integer> doubts) {
      looked++;
      Map<Integer, Sight> result = new HashMap<>();
      doubts.forEach(doubt -> result.put(doubt, sights.apply(looked, doubt)));
      return result;
    }

    @Override
    public Map<Integer, Difference> describe(
        SinkRows sink, Set<Integer> doubts, Set<Integer> changing) {
      return doubts.stream()
          .collect(
              Collectors.toMap(
                  doubt -> doubt,
                  doubt ->
                      new Difference(
                          Kind.MISSING,
                          Map.of("id", "" + doubt),
                          List.of(),
                          1,
                          changing.contains(doubt))));
    }
  }

  private static Comparison.Pass<Integer> pass(long digest, int doubts, long differing) {
    Set<Integer> keys = IntStream.range(0, doubts).boxed().collect(Collectors.toSet());
    return pass(new FakeSink(true, 1_000_000), digest, keys, differing);
  }

  private static Comparison.Pass<Integer> failed(SinkFailure failure) {
    FakeSink sink = new FakeSink(true, 0);
    return new Comparison.Pass<>(1_000_000, 0, List.of(Comparison.SinkPass.failed(sink, failure)));
  }

  private static Comparison.Pass<Integer> pass(
      FakeSink sink, long digest, Set<Integer> keys, long differing) {
    return new Comparison.Pass<>(
        1_000_000,
        digest,
        List.of(
            new Comparison.SinkPass<>(
                sink,
                sink.hasTable,
                sink.rows,
                1_000_000 - differing,
                keys,
                differing,
                null,
                false)));
  }

  /** A sink that is but asked for its table and how many rows are in it. */
  private static final class FakeSink implements SinkRows {
    private boolean hasTable;
    private long rows;

    FakeSink(boolean hasTable, long rows) {
      this.hasTable = hasTable;
      this.rows = rows;
    }

    @Override
    public String name() {
      return "fake";
    }

    @Override
    public String tableName(TablePlan plan) {
      return "fake.t";
    }

    @Override
    public boolean hasTable(TablePlan plan) {
      return hasTable;
    }

    @Override
    public long count(TablePlan plan) {
      return rows;
    }

    @Override
    public long scan(TablePlan plan, RowVisitor visitor) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void find(TablePlan plan, Collection<RowKey> keys, RowVisitor visitor) {
      throw new UnsupportedOperationException();
    }
  }

  private VerifyReport.Sink run(Patience patience) {
    return new Settling<>(PLAN, script, patience).run().sinks().get(0);
  }

  private static Patience patience(int settle, int atMost) {
    return new Patience(
        Duration.ofMillis(settle),
        Duration.ofMillis(atMost),
        Duration.ofMillis(5),
        Duration.ofMillis(20));
  }

  @AfterEach
  void clearInterrupt() {
    Thread.interrupted();
  }

  @Test
  void nothingToLookAtIsNotLookedAt() {
    script.passes = n -> pass(0, 0, 0);
    assertThat(run(TestPatience.TINY).agrees()).isTrue();
    assertThat(script.looked).isZero();
  }

  @Test
  void aRowAtRestIsReportedOncePatienceIsOver() {
    script.passes = n -> pass(0, 3, 3);
    long start = System.nanoTime();
    VerifyReport.Sink report = run(patience(200, 60_000));
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(200), Duration.ofSeconds(10));
    assertThat(report.differing()).isEqualTo(3);
    assertThat(report.agreeing()).isEqualTo(999_997);
    assertThat(report.differences()).noneMatch(Difference::changing);
    // The waits grow: looking all the time would be some hundred looks.
    assertThat(script.looked).isBetween(2, 15);
  }

  @Test
  void aRowThatChangesIsGivenMoreTime() {
    script.passes = n -> pass(0, 1, 1);
    script.sights =
        (look, doubt) -> new Comparison.Sight(look, look < 40 ? Kind.DIFFERENT : null, 1);
    assertThat(run(patience(100, 60_000)).agrees()).isTrue();
    assertThat(script.looked).isEqualTo(40);
  }

  @Test
  void aRowThatChangesForeverIsReportedAsSuch() {
    script.passes = n -> pass(0, 1, 1);
    script.sights = (look, doubt) -> new Comparison.Sight(look, Kind.DIFFERENT, 1);
    VerifyReport.Sink report = run(patience(200, 400));
    assertThat(report.differences()).singleElement().matches(Difference::changing);
  }

  @Test
  void withTooManyDoubtsTheTableIsPassedOverAgain() {
    int many = Comparison.MOST_DOUBTS + 1;
    script.passes = n -> n < 4 ? pass(0, 20, many) : pass(0, 2, 2);
    script.sights = (look, doubt) -> new Comparison.Sight(0, null, 0);
    assertThat(run(patience(60_000, 60_000)).agrees()).isTrue();
    assertThat(script.passed).isEqualTo(4);
  }

  /** One row a look: all of them take many times as long as a row has to settle. */
  private void healOneRowALook() {
    script.sights = (look, doubt) -> new Comparison.Sight(0, doubt < look ? null : Kind.MISSING, 1);
  }

  @Test
  void aSinkThatCatchesUpIsWaitedFor() {
    script.passes = n -> pass(0, 60, 60);
    healOneRowALook();
    assertThat(run(patience(150, 600_000)).agrees()).isTrue();
    assertThat(script.looked).isEqualTo(60);
  }

  @Test
  void aSinkThatCatchesUpIsNotWaitedForForever() {
    script.passes = n -> pass(0, 10_000, 10_000);
    healOneRowALook();
    VerifyReport.Sink report = run(patience(150, 400));
    assertThat(report.differing()).isPositive();
    assertThat(report.agrees()).isFalse();
  }

  @Test
  void aSinkThatCatchesUpOnManyRowsIsPassedOverUntilFewDiffer() {
    int many = Comparison.MOST_DOUBTS;
    script.passes = n -> n < 40 ? pass(0, 20, many + 40 - n) : pass(0, 0, 0);
    assertThat(run(patience(150, 600_000)).agrees()).isTrue();
    assertThat(script.passed).isEqualTo(40);
  }

  @Test
  void aTableThatAppearedMeanwhileIsReportedAsItIsInTheEnd() {
    FakeSink sink = new FakeSink(false, 0);
    script.passes = n -> pass(sink, 0, Set.of(1, 2, 3, 4, 5), 5);
    script.sights =
        (look, doubt) -> {
          sink.hasTable = look > 2;
          sink.rows = look > 2 ? 5 : 0;
          return new Comparison.Sight(0, look > 2 ? null : Kind.MISSING, 1);
        };
    VerifyReport.Sink report = run(patience(60_000, 60_000));
    assertThat(report.agrees()).isTrue();
    assertThat(report.remark()).isNull();
    assertThat(report.rows()).isEqualTo(5);
  }

  @Test
  void tooManyDoubtsThatStayAreCountedAndTheFirstDescribed() {
    int many = Comparison.MOST_DOUBTS + 1;
    script.passes = n -> pass(0, 30, many);
    VerifyReport.Sink report = run(patience(100, 60_000));
    assertThat(report.differing()).isEqualTo(many);
    assertThat(report.agreeing()).isEqualTo(1_000_000 - many);
    assertThat(report.differences()).hasSize(Comparison.MOST_REPORTED);
    assertThat(script.looked).isZero();
  }

  @Test
  void aSinkThatHasYetToFollowTheColumnsIsWaitedFor() {
    script.passes = n -> n < 4 ? failed(OTHER_COLUMNS) : pass(0, 0, 0);
    assertThat(run(patience(60_000, 60_000)).agrees()).isTrue();
    assertThat(script.passed).isEqualTo(4);
  }

  @Test
  void aSinkThatNeverFollowsTheColumnsIsAProblemInTheEnd() {
    script.passes = n -> failed(OTHER_COLUMNS);
    assertThat(run(patience(100, 60_000)).problem()).isEqualTo("other columns");
    assertThat(script.passed).isGreaterThan(1);
  }

  @Test
  void aSinkThatIsNotThereIsNotWaitedFor() {
    script.passes = n -> failed(new SinkFailure("not there", null));
    assertThat(run(patience(60_000, 60_000)).problem()).isEqualTo("not there");
    assertThat(script.passed).isEqualTo(1);
  }

  @Test
  void columnsThatChangeBetweenTwoLooksBeginAnew() {
    script.passes = n -> pass(0, n == 1 ? 1 : 0, n == 1 ? 1 : 0);
    script.sights =
        (look, doubt) -> {
          throw OTHER_COLUMNS;
        };
    assertThat(run(patience(60_000, 60_000)).agrees()).isTrue();
    assertThat(script.passed).isEqualTo(2);
  }

  @Test
  void anInterruptEndsTheWaiting() {
    script.passes = n -> pass(0, 1, 1);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> run(patience(60_000, 60_000)))
        .isInstanceOf(VerifyException.class)
        .hasMessageContaining("Interrupted");
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }
}
