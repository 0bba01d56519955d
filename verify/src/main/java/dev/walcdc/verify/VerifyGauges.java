package dev.walcdc.verify;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The last result as gauges: {@code walcdc.verify.differing} by table and sink, in rows (-1 where a
 * sink could not be compared), and {@code walcdc.verify.last}, seconds since 1970 of the last run
 * that came to its end.
 */
final class VerifyGauges {

  private static final long NOT_COMPARED = -1;
  private static final long MILLIS_A_SECOND = 1_000;

  private final MeterRegistry registry;
  private final Map<String, AtomicLong> differing = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();

  VerifyGauges(MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder("walcdc.verify.last", last, AtomicLong::get)
        .description("When the last verify ended, seconds since 1970")
        .register(registry);
  }

  /** Shows a report from now on. */
  void tell(VerifyReport report) {
    for (VerifyReport.Table table : report.tables()) {
      for (VerifyReport.Sink sink : table.sinks()) {
        differing
            .computeIfAbsent(table.table() + " " + sink.sink(), name -> gauge(table, sink))
            .set(sink.problem() == null ? sink.differing() : NOT_COMPARED);
      }
    }
    last.set(System.currentTimeMillis() / MILLIS_A_SECOND);
  }

  private AtomicLong gauge(VerifyReport.Table table, VerifyReport.Sink sink) {
    AtomicLong value = new AtomicLong();
    Gauge.builder("walcdc.verify.differing", value, AtomicLong::get)
        .description("Rows that differed from the source at the last verify")
        .tag("table", table.table())
        .tag("sink", sink.sink())
        .register(registry);
    return value;
  }
}
