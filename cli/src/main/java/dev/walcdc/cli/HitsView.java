package dev.walcdc.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints what a search found as a table: rank, score, and the row's columns, long ones cut. */
final class HitsView {

  private static final int WIDEST = 44;
  private static final String CUT = "...";

  private final PrintWriter out;

  HitsView(PrintWriter out) {
    this.out = out;
  }

  /**
   * Prints it.
   *
   * @param hits an array, not empty; all rows have the same columns
   */
  void show(JsonNode hits) {
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of("RANK", "SCORE"));
    hits.get(0).path("row").fieldNames().forEachRemaining(name -> head.add(cell(name)));
    lines.add(head);
    for (JsonNode hit : hits) {
      List<String> line = new ArrayList<>();
      line.add(Integer.toString(lines.size()));
      line.add(String.format(Locale.ROOT, "%.4f", hit.path("score").asDouble()));
      hit.path("row").forEach(value -> line.add(value.isNull() ? "-" : cell(value.asText())));
      lines.add(line);
    }
    int[] widths = new int[head.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    lines.forEach(line -> print(line, widths));
  }

  private void print(List<String> line, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      text.append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length() + 2));
    }
    out.println(text.toString().stripTrailing());
  }

  /** On one line, without what would drive a terminal. */
  private static String cell(String value) {
    String plain = value.replaceAll("\\p{Cntrl}", " ");
    return plain.length() <= WIDEST ? plain : plain.substring(0, WIDEST - CUT.length()) + CUT;
  }
}
