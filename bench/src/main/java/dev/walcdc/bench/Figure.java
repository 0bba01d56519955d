package dev.walcdc.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one stage took for the row changes of a run, or why it was not measured. Figures that are
 * not known are NaN.
 *
 * @param stage its name
 * @param changes row changes
 * @param rate changes a second, without the start-up
 * @param rateWithStart changes a second from the start of the process
 * @param cpu CPU seconds of the process per million changes, without the start-up
 * @param cpuWithStart CPU seconds of the process per million changes, all it used
 * @param peakMegabytes most memory resident, in millions of bytes
 * @param serverCpu CPU seconds of the server on the other side per million changes
 * @param server which server that is
 * @param skipped why there are no figures; null if there are
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Figure(
    String stage,
    long changes,
    double rate,
    double rateWithStart,
    double cpu,
    double cpuWithStart,
    double peakMegabytes,
    double serverCpu,
    String server,
    String skipped) {

  private static final double NANOS = 1e9;
  private static final double MILLION = 1e6;

  /**
   * Works the figures out.
   *
   * @param first where the start-up ended
   * @param last where all changes were done
   */
  static Figure of(
      String stage, Mark first, Mark last, long peakBytes, long serverCpuNanos, String server) {
    return new Figure(
        stage,
        Math.round(last.changes()),
        rate(first, last),
        rate(Mark.START, last),
        cpu(first, last),
        cpu(Mark.START, last),
        peakBytes < 0 ? Double.NaN : peakBytes / MILLION,
        serverCpuNanos / NANOS / last.changes() * MILLION,
        server,
        null);
  }

  /** The same figures at another rate: the end was seen later than it came. */
  Figure withRates(double newRate, double newRateWithStart) {
    return new Figure(
        stage,
        changes,
        newRate,
        newRateWithStart,
        cpu,
        cpuWithStart,
        peakMegabytes,
        serverCpu,
        server,
        skipped);
  }

  static Figure skipped(String stage, String reason) {
    return new Figure(
        stage,
        0,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        null,
        reason);
  }

  /** Each figure's median over several runs of a stage; a run that was skipped does not count. */
  static Figure median(List<Figure> runs) {
    List<Figure> measured = runs.stream().filter(run -> run.skipped() == null).toList();
    if (measured.isEmpty()) {
      return runs.get(0);
    }
    Figure any = measured.get(0);
    return new Figure(
        any.stage(),
        any.changes(),
        median(measured, Figure::rate),
        median(measured, Figure::rateWithStart),
        median(measured, Figure::cpu),
        median(measured, Figure::cpuWithStart),
        median(measured, Figure::peakMegabytes),
        median(measured, Figure::serverCpu),
        any.server(),
        null);
  }

  private static double median(List<Figure> runs, ToDoubleFunction<Figure> figure) {
    return Median.of(runs.stream().mapToDouble(figure).toArray());
  }

  private static double rate(Mark from, Mark to) {
    return (to.changes() - from.changes()) / ((to.nanos() - from.nanos()) / NANOS);
  }

  private static double cpu(Mark from, Mark to) {
    return (to.cpuNanos() - from.cpuNanos()) / NANOS / (to.changes() - from.changes()) * MILLION;
  }
}
