package dev.walcdc.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The results of one run, or the medians of several.
 *
 * @param figures of the stages
 * @param latencies of the whole pipeline
 */
record Results(List<Figure> figures, List<Latency> latencies) {

  /** Medians over runs that measured the same stages. */
  static Results median(List<Results> runs) {
    return new Results(
        each(runs, Results::figures, Figure::median),
        each(runs, Results::latencies, Latency::median));
  }

  private static <T> List<T> each(
      List<Results> runs, Function<Results, List<T>> lines, Function<List<T>, T> median) {
    List<T> medians = new ArrayList<>();
    for (int i = 0; i < lines.apply(runs.get(0)).size(); i++) {
      int line = i;
      medians.add(median.apply(runs.stream().map(run -> lines.apply(run).get(line)).toList()));
    }
    return medians;
  }
}
