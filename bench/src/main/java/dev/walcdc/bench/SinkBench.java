package dev.walcdc.bench;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures a sink that finds all changes waiting on the topic, from its start until it has applied
 * the last. Start-up ends when it says that it is healthy.
 */
final class SinkBench {

  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final double MICROS = 1e6;

  private final Topics topics;
  private final Pipeline pipeline;
  private final long serverPid;
  private final String serverName;

  SinkBench(Topics topics, Pipeline pipeline, long serverPid, String serverName) {
    this.topics = topics;
    this.pipeline = pipeline;
    this.serverPid = serverPid;
    this.serverName = serverName;
  }

  /** Where a sink stood after each commit, oldest first; the last alone is enough. */
  @FunctionalInterface
  interface Applied {
    List<Progress> read() throws Exception;
  }

  /** Reads what a sink holds. */
  @FunctionalInterface
  interface Content {
    RowDigest read() throws Exception;
  }

  /**
   * Runs the sink.
   *
   * @param route its id
   * @param changes row changes on the topic, those of the snapshot too
   * @param applied its commits; of several the last is no part of the rate, for it is the one that
   *     was not full and waited for its interval to pass
   */
  Figure measure(String route, long changes, Applied applied, Content content, RowDigest truth)
      throws Exception {
    long end = topics.end(CaptureBench.TOPIC);
    long serverBefore = Usage.cpuNanos(serverPid);
    try (Pipeline.Running sink = pipeline.start(route)) {
      sink.awaitUp();
      Mark up = sink.child().mark(0);
      Await.until(
          route + " has applied all",
          TIMEOUT,
          PAUSE,
          sink.child(),
          () -> reached(applied.read()) >= end);
      Mark last = sink.child().mark((double) changes);
      long serverCpu = Usage.cpuNanos(serverPid) - serverBefore;
      long peak = Usage.peakBytes(sink.child().pid());
      content.read().mustEqual(truth, route);
      Figure figure = Figure.of(route, up, last, peak, serverCpu, serverName);
      // By the sink's own clock: we may have learnt of it a second later.
      List<Progress> history = applied.read();
      Progress through = lastFull(history);
      double changesPerRecord = (double) changes / end;
      long startedAt = sink.child().startedAtMicros();
      double seconds = (double) (through.atMicros() - startedAt) / MICROS;
      double upSeconds = TimeUnit.NANOSECONDS.toMicros(up.nanos()) / MICROS;
      double all = (history.get(history.size() - 1).atMicros() - startedAt) / MICROS;
      double done = (double) through.nextOffset() * changesPerRecord;
      return figure.withRates(done / (seconds - upSeconds), (double) changes / all);
    }
  }

  private static long reached(List<Progress> history) {
    return history.isEmpty() ? 0 : history.get(history.size() - 1).nextOffset();
  }

  private static Progress lastFull(List<Progress> history) {
    return history.get(Math.max(0, history.size() - 2));
  }
}
