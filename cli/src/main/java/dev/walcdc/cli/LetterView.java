package dev.walcdc.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.walcdc.quarantine.Letter;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;

/** Shows letters to people, and to programs. */
final class LetterView {

  private static final ObjectMapper JSON = new ObjectMapper();

  private LetterView() {}

  /** A line each and its reason below it. */
  static void print(PrintWriter out, Collection<Letter> letters) {
    for (Letter letter : letters) {
      out.printf(
          "%-10s %s  %s  key %s%n",
          letter.state(), letter.id(), time(letter.refusedAtMicros()), key(letter));
      out.printf("           %s%n", letter.reason());
    }
  }

  /** An array; the bytes of records are left to {@code show}. */
  static void printJson(PrintWriter out, Collection<Letter> letters) {
    ArrayNode array = JSON.createArrayNode();
    for (Letter letter : letters) {
      ObjectNode node = array.addObject();
      node.put("letter", letter.id().toString());
      node.put("state", letter.state().name());
      node.put("sink", letter.id().sink());
      node.put("topic", letter.id().topic());
      node.put("partition", letter.id().partition());
      node.put("offset", letter.id().offset());
      node.put("key", letter.key() == null ? null : letter.keyText());
      node.put("reason", letter.reason());
      node.put("refusedAt", time(letter.refusedAtMicros()));
      node.put("changedAt", time(letter.changedAtMicros()));
    }
    try {
      out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(array));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Texts and numbers can be written as JSON", e);
    }
  }

  private static String key(Letter letter) {
    return letter.key() == null ? "(none)" : letter.keyText();
  }

  private static String time(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
