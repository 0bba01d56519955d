package dev.walcdc.log;

import dev.walcdc.change.Erasure;
import java.nio.charset.StandardCharsets;

/**
 * One record to be written to the log.
 *
 * @param topic where it goes
 * @param partition the partition it goes to; {@link #BY_KEY} for the one that the producer chooses
 *     by the key; {@link #EVERY} for a copy on each, which whoever knows the topic makes of it
 * @param key its key; null for a table without one
 * @param value its value; null for a tombstone or a fence
 * @param schema fingerprint of the schema it was written under, for its header; null for records
 *     that are no change
 * @param ordinal position among the changes that share its LSN
 * @param fence what is to go, where it is a fence; null for every other record
 * @param oversized bytes of the record that it stands in for; 0 for every other record
 */
public record OutgoingRecord(
    String topic,
    int partition,
    byte[] key,
    byte[] value,
    String schema,
    long ordinal,
    Erasure fence,
    long oversized) {

  /** A record that stands in for no other. */
  public OutgoingRecord(
      String topic,
      int partition,
      byte[] key,
      byte[] value,
      String schema,
      long ordinal,
      Erasure fence) {
    this(topic, partition, key, value, schema, ordinal, fence, 0);
  }

  /** The producer chooses the partition by the key. */
  public static final int BY_KEY = -1;

  /** A copy goes to each partition. */
  public static final int EVERY = -2;

  private static final byte[] FENCE_KEY =
      "{\"walcdc\":\"fence\"}".getBytes(StandardCharsets.US_ASCII);

  /** A fence, for every partition of its topic. */
  public static OutgoingRecord fence(String topic, String schema, Erasure fence) {
    return new OutgoingRecord(topic, EVERY, FENCE_KEY, null, schema, 0, fence);
  }

  /** A record that is no change: a schema or a state. */
  public static OutgoingRecord plain(String topic, byte[] key, byte[] value) {
    return new OutgoingRecord(topic, BY_KEY, key, value, null, 0, null);
  }

  /** The same record for another partition. */
  public OutgoingRecord on(int otherPartition) {
    return new OutgoingRecord(topic, otherPartition, key, value, schema, ordinal, fence, oversized);
  }

  /** The same record with another value; see {@link #oversized}. */
  public OutgoingRecord withValue(byte[] other, long standsInFor) {
    return new OutgoingRecord(topic, partition, key, other, schema, ordinal, fence, standsInFor);
  }
}
