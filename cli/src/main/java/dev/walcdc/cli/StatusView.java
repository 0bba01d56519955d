package dev.walcdc.cli;

import dev.walcdc.status.StatusReport;
import dev.walcdc.status.TableStatus;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints a status as a table; in a terminal over the one before. */
final class StatusView {

  private static final String CLEAR = "\u001b[H\u001b[2J";

  private final PrintWriter out;
  private final boolean refresh;

  StatusView(PrintWriter out, boolean refresh) {
    this.out = out;
    this.refresh = refresh;
  }

  void say(String sentence) {
    clear();
    out.println(sentence);
    out.flush();
  }

  private void clear() {
    if (refresh) {
      out.print(CLEAR);
    }
  }

  void show(StatusReport report) {
    clear();
    if (report.epoch() > 0) {
      out.printf(
          "Source at %s, captured up to %s, slot holds %s of WAL, epoch %d%n%n",
          lsn(report.sourceLsn()),
          lsn(report.capturedLsn()),
          bytes(report.slotRetainedBytes()),
          report.epoch());
    }
    out.printf(
        "%-28s %-11s %12s %14s %10s %10s %9s %9s%n",
        "TABLE", "SINK", "APPLIED", "APPLIED LSN", "WAITING", "LAG", "LAG s", "FRESH s");
    for (TableStatus table : report.tables()) {
      out.printf(
          Locale.ROOT,
          "%-28s %-11s %,12d %14s %,10d %10s %9.1f %9.2f%n",
          table.table(),
          table.sink(),
          table.recordsApplied(),
          lsn(table.appliedLsn()),
          table.lagRecords(),
          table.lagBytes() < 0 ? "-" : bytes(table.lagBytes()),
          table.lagSeconds(),
          table.freshnessSeconds());
    }
    out.flush();
  }

  /** As PostgreSQL writes it. */
  private static String lsn(long lsn) {
    return "%X/%X".formatted(lsn >>> 32, lsn & 0xFFFFFFFFL);
  }

  private static String bytes(long bytes) {
    if (bytes < 1 << 10) {
      return bytes + " B";
    }
    return bytes < 1 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
  }
}
