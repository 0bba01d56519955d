package dev.walcdc.iceberg.maintain;

import dev.walcdc.iceberg.maintain.MaintenanceReport.TableReport;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The last run as gauges, by table: {@code walcdc.maintain.data.files}, {@code
 * walcdc.maintain.delete.files} and {@code walcdc.maintain.snapshots} after it, and {@code
 * walcdc.maintain.failed}, 1 where the table could not be maintained. {@code walcdc.maintain.last}
 * is when the last run ended, seconds since 1970.
 */
final class MaintenanceGauges {

  private static final long MILLIS_A_SECOND = 1_000;

  private final MeterRegistry registry;
  private final Map<String, AtomicLong> values = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();

  MaintenanceGauges(MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder("walcdc.maintain.last", last, AtomicLong::get)
        .description("When the last maintenance ended, seconds since 1970")
        .register(registry);
  }

  /** Shows a report from now on. */
  void tell(MaintenanceReport report) {
    for (TableReport table : report.tables()) {
      if (table.problem() == null) {
        set("data.files", "Data files", table.table(), table.after().dataFiles());
        set("delete.files", "Delete files", table.table(), table.after().deleteFiles());
        set("snapshots", "Snapshots", table.table(), table.after().snapshots());
      }
      set("failed", "Failures", table.table(), table.problem() == null ? 0 : 1);
    }
    last.set(System.currentTimeMillis() / MILLIS_A_SECOND);
  }

  private void set(String name, String what, String table, long value) {
    values
        .computeIfAbsent(name + " " + table, key -> gauge("walcdc.maintain." + name, what, table))
        .set(value);
  }

  private AtomicLong gauge(String name, String what, String table) {
    AtomicLong value = new AtomicLong();
    Gauge.builder(name, value, AtomicLong::get)
        .description(what + " of the table at the last maintenance")
        .tag("table", table)
        .register(registry);
    return value;
  }
}
