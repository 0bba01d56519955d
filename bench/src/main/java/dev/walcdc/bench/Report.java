package dev.walcdc.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Shows results.
 *
 * @param machine what they were measured on
 * @param changes row changes of the workload
 * @param seed of the workload
 * @param peerJava what Debezium Server ran on; null if it did not
 * @param medians over the runs
 * @param runs each run by itself
 */
record Report(
    Machine machine,
    long changes,
    long seed,
    String peerJava,
    Results medians,
    List<Results> runs) {

  private static final String ROW = "%-24s %12s %20s %16s %9s  %s%n";
  private static final String DELAY_ROW = "%-36s %12s %10s %9s %9s %9s%n";

  /** Prints the table. */
  void print(PrintWriter out) {
    out.printf("%n%s%n", machine);
    out.printf(
        "%,d row changes (60 %% insert, 30 %% update, 10 %% delete; 100 a transaction), seed %d, %s%s%n",
        changes,
        seed,
        runs.size() == 1 ? "one run" : "medians of " + runs.size() + " runs",
        peerJava == null ? "" : ", peer on Java " + peerJava);
    out.printf("In brackets: with the start of the process. Each result was checked.%n%n");
    if (!medians.figures().isEmpty()) {
      out.printf(
          ROW, "stage", "changes", "changes/s", "CPU-s/million", "peak MB", "server CPU-s/million");
      medians.figures().forEach(figure -> print(figure, out));
    }
    if (!medians.latencies().isEmpty()) {
      out.printf(
          "%n" + DELAY_ROW,
          "delay, milliseconds",
          "transactions",
          "changes/s",
          "p50",
          "p99",
          "max");
      medians.latencies().forEach(latency -> print(latency, out));
    }
    out.flush();
  }

  private static void print(Figure figure, PrintWriter out) {
    if (figure.skipped() != null) {
      out.printf("%-24s skipped: %s%n", figure.stage(), figure.skipped());
      return;
    }
    out.printf(
        ROW,
        figure.stage(),
        text("%,d", figure.changes()),
        text("%,.0f (%,.0f)", figure.rate(), figure.rateWithStart()),
        text("%.1f (%.1f)", figure.cpu(), figure.cpuWithStart()),
        Double.isNaN(figure.peakMegabytes()) ? "-" : text("%,.0f", figure.peakMegabytes()),
        text("%.1f %s", figure.serverCpu(), figure.server()));
  }

  private static void print(Latency latency, PrintWriter out) {
    out.printf(
        DELAY_ROW,
        latency.path(),
        text("%,d", latency.samples()),
        text("%,.0f", latency.changesPerSecond()),
        text("%,.1f", latency.p50()),
        text("%,.1f", latency.p99()),
        text("%,.1f", latency.max()));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Writes all of it, every run too. */
  void write(Path file) throws IOException {
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
  }
}
