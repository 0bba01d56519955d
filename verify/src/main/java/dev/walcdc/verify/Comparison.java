package dev.walcdc.verify;

import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One way to compare a table. A failure of a sink is in its {@link SinkPass}, or is thrown by the
 * look at it as a {@link SinkFailure}; a failure of the source is thrown.
 *
 * @param <K> what rows are told apart by
 */
interface Comparison<K> {

  /** Doubts that are remembered for each sink. With more, the table is passed over again. */
  int MOST_DOUBTS = 100_000;

  /** Differences that are reported for each sink. */
  int MOST_REPORTED = 20;

  /**
   * A pass over the whole table.
   *
   * @param rows rows of the source
   * @param digest changes if any row of the source does
   * @param sinks in the order of the sinks
   */
  record Pass<K>(long rows, long digest, List<SinkPass<K>> sinks) {}

  /**
   * What a pass found in one sink.
   *
   * @param hasTable whether the sink has the table
   * @param rows its rows
   * @param agreeing rows of the source that it has alike
   * @param doubts what differs; the first of it where that is more than {@link #MOST_DOUBTS}
   * @param differing how many rows differ
   * @param problem why the sink could not be read; null if it could
   * @param behind whether that may be over in a while
   */
  record SinkPass<K>(
      SinkRows sink,
      boolean hasTable,
      long rows,
      long agreeing,
      Set<K> doubts,
      long differing,
      String problem,
      boolean behind) {

    /**
     * A sink that could not be read.
     *
     * @throws SinkFailure the failure itself if it is but an interruption
     */
    static <K> SinkPass<K> failed(SinkRows sink, SinkFailure e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return new SinkPass<>(sink, false, 0, 0, Set.of(), 0, e.getMessage(), e.isBehind());
    }
  }

  /**
   * What a further look at one doubt found.
   *
   * @param source changes if the row does at the source
   * @param kind how the sink differs; null if it agrees
   * @param times how many rows
   */
  record Sight(long source, Kind kind, long times) {}

  /** Compares all rows. */
  Pass<K> pass();

  /** Looks again at each doubt. */
  Map<K, Sight> look(SinkRows sink, Set<K> doubts);

  /** Describes doubts, a few; those that agree by now are left out. */
  Map<K, Difference> describe(SinkRows sink, Set<K> doubts, Set<K> changing);
}
