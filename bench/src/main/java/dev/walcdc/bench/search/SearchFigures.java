package dev.walcdc.bench.search;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * What was measured.
 *
 * @param machine what it was measured on, in words
 * @param loadAtQuestions load average just before the questions
 * @param embeddingsPerSecond by the pipeline's step, its look at ClickHouse and its insert included
 * @param buildSeconds one part made of all others, with both indexes
 * @param serverPeakMegabytes ClickHouse's memory at most
 */
record SearchFigures(
    String machine,
    double loadAtQuestions,
    long seed,
    double embeddingsPerSecond,
    double buildSeconds,
    double serverPeakMegabytes,
    double serverMegabytes,
    Size size,
    List<Questions> questions) {

  /** Of the table of texts, in millions of bytes. */
  record Size(long texts, int parts, double columns, double byMeaning, double byWord) {}

  /**
   * Questions of one kind, one at a time.
   *
   * @param kind what tells them from the others
   * @param recall share of the ten nearest rows that are in the answer; NaN where not measured
   * @param compared questions that {@code recall} is of
   * @param exact answers that had to compare all rows that meet the condition
   */
  record Questions(
      String kind,
      int count,
      double p50,
      double p99,
      double max,
      double recall,
      int compared,
      int exact) {}

  private static final String ROW = "%-44s %9s %8s %8s %8s %10s %6s%n";

  void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%n%s%nLoad average before the questions: %.2f. Seed %d.%n%n",
        machine,
        loadAtQuestions,
        seed);
    out.printf(
        Locale.ROOT,
        "%,d texts in %d part(s): %,.0f MB of texts and vectors, %,.0f MB index of vectors, %,.0f MB index of words%n",
        size.texts(),
        size.parts(),
        size.columns(),
        size.byMeaning(),
        size.byWord());
    out.printf(
        Locale.ROOT,
        "Texts embedded: %,.0f a second. Merged into one part with its indexes in %,.0f s. ClickHouse's memory: %,.0f MB while answering, %,.0f MB at most%n%n",
        embeddingsPerSecond,
        buildSeconds,
        serverMegabytes,
        serverPeakMegabytes);
    out.printf(
        ROW, "milliseconds a question", "questions", "p50", "p99", "max", "recall@10", "exact");
    for (Questions line : questions) {
      out.printf(
          ROW,
          line.kind(),
          line.count(),
          text(line.p50()),
          text(line.p99()),
          text(line.max()),
          Double.isNaN(line.recall()) ? "-" : "%.3f".formatted(line.recall()),
          line.exact());
    }
    out.flush();
  }

  private static String text(double millis) {
    return String.format(Locale.ROOT, "%,.1f", millis);
  }
}
