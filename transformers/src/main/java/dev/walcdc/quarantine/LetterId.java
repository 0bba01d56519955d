package dev.walcdc.quarantine;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * Which record of the log a letter is about, and which sink refused it. Its order is the log's.
 *
 * @param sink the sink's consumer group
 * @param topic the change topic
 * @param partition partition of the topic
 * @param offset offset of the record there
 */
public record LetterId(String sink, String topic, int partition, long offset)
    implements Comparable<LetterId> {

  private static final Comparator<LetterId> ORDER =
      Comparator.comparing(LetterId::sink)
          .thenComparing(LetterId::topic)
          .thenComparingInt(LetterId::partition)
          .thenComparingLong(LetterId::offset);

  /**
   * Reads what {@link #toString()} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static LetterId parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length == 4 && !parts[0].isEmpty() && !parts[1].isEmpty()) {
      try {
        return new LetterId(
            parts[0], parts[1], Integer.parseInt(parts[2]), Long.parseLong(parts[3]));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(refusal(text), e);
      }
    }
    throw new IllegalArgumentException(refusal(text));
  }

  private static String refusal(String text) {
    return "`%s` is no letter; one is named SINK/TOPIC/PARTITION/OFFSET".formatted(text);
  }

  /** Key of the letter's record on the quarantine topic. */
  public byte[] toKey() {
    return toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(LetterId other) {
    return ORDER.compare(this, other);
  }

  /** {@code sink/topic/partition/offset}: neither a group's nor a topic's name holds a slash. */
  @Override
  public String toString() {
    return "%s/%s/%d/%d".formatted(sink, topic, partition, offset);
  }
}
