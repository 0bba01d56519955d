package dev.walcdc.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How long changes took from their commit to a place, in milliseconds.
 *
 * @param path from where to where
 * @param samples transactions that were timed
 * @param changesPerSecond the load that came about; less than wanted where the machine is too busy
 */
record Latency(
    String path, int samples, double changesPerSecond, double p50, double p99, double max) {

  private static final double MILLI = 1e6;

  static Latency of(String path, double changesPerSecond, long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Latency(
        path,
        sorted.length,
        changesPerSecond,
        percentile(sorted, 0.5),
        percentile(sorted, 0.99),
        percentile(sorted, 1));
  }

  /** Each figure's median over several runs. */
  static Latency median(List<Latency> runs) {
    return new Latency(
        runs.get(0).path(),
        runs.get(0).samples(),
        median(runs, Latency::changesPerSecond),
        median(runs, Latency::p50),
        median(runs, Latency::p99),
        median(runs, Latency::max));
  }

  private static double median(List<Latency> runs, ToDoubleFunction<Latency> figure) {
    return Median.of(runs.stream().mapToDouble(figure).toArray());
  }

  /** The least value that this share of all does not exceed. */
  private static double percentile(long[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1] / MILLI;
  }
}
