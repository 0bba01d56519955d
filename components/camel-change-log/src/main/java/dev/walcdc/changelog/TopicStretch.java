package dev.walcdc.changelog;

import dev.walcdc.log.LogRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads stretches of one change topic between given offsets, for those who only look: it belongs to
 * no consumer group. Offsets are by partition. Every method fails with a {@link
 * org.apache.kafka.common.KafkaException} if the brokers do not answer. For one thread.
 */
public final class TopicStretch implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions = new ArrayList<>();

  /** A topic that does not exist has no partitions, and no records. */
  public TopicStretch(KafkaConnection connection, String topic) {
    Properties properties = connection.properties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    // Asks for all topics: asking for one that does not exist waits for it until a time-out.
    for (PartitionInfo info : consumer.listTopics().getOrDefault(topic, List.of())) {
      partitions.add(new TopicPartition(topic, info.partition()));
    }
  }

  /** Takes a record. */
  @FunctionalInterface
  public interface Taker {

    /**
     * One record; of each partition they come in the order of their offsets.
     *
     * @param fingerprint of its schema; null where it names none
     */
    void take(String fingerprint, LogRecord record);
  }

  /** The present end of each partition. */
  public SortedMap<Integer, Long> ends() {
    return numbered(consumer.endOffsets(partitions));
  }

  /** The first offset of each partition that is still there. */
  public SortedMap<Integer, Long> begins() {
    return numbered(consumer.beginningOffsets(partitions));
  }

  /** Where records begin that were written at a time or later; the end where there are none. */
  public SortedMap<Integer, Long> offsetsAt(Instant time) {
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, time.toEpochMilli()));
    Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
    SortedMap<Integer, Long> offsets = ends();
    found.forEach(
        (partition, at) -> {
          if (at != null) {
            offsets.put(partition.partition(), at.offset());
          }
        });
    return offsets;
  }

  /**
   * Hands over all records between two places.
   *
   * @param from first offset to read, by partition; partitions that are missing are left out
   * @param to offset to stop before, not beyond the present end
   * @throws org.apache.kafka.clients.consumer.OffsetOutOfRangeException if the log does not hold
   *     them any more
   */
  public void read(Map<Integer, Long> from, Map<Integer, Long> to, Taker taker) {
    List<TopicPartition> open = begin(from, to);
    while (!isOver(open, to)) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < to.get(record.partition())) {
          byte[] fingerprint = LogRecords.fingerprint(record);
          taker.take(
              fingerprint == null ? null : new String(fingerprint, StandardCharsets.US_ASCII),
              LogRecords.of(record));
        }
      }
    }
    consumer.assign(List.of());
  }

  /**
   * Whether there is no record between two places; reads no further than the first. The parameters
   * are those of {@link #read}.
   */
  public boolean isEmpty(Map<Integer, Long> from, Map<Integer, Long> to) {
    List<TopicPartition> open = begin(from, to);
    try {
      while (!isOver(open, to)) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.offset() < to.get(record.partition())) {
            return false;
          }
        }
      }
      return true;
    } finally {
      consumer.assign(List.of());
    }
  }

  private List<TopicPartition> begin(Map<Integer, Long> from, Map<Integer, Long> to) {
    List<TopicPartition> open = new ArrayList<>();
    for (TopicPartition partition : partitions) {
      Long first = from.get(partition.partition());
      if (first != null && first < to.getOrDefault(partition.partition(), 0L)) {
        open.add(partition);
      }
    }
    consumer.assign(open);
    open.forEach(partition -> consumer.seek(partition, from.get(partition.partition())));
    return open;
  }

  /** What lies before an end need not be a record: a position tells, a record may not. */
  private boolean isOver(Collection<TopicPartition> open, Map<Integer, Long> to) {
    boolean over = true;
    for (TopicPartition partition : open) {
      if (consumer.position(partition) >= to.get(partition.partition())) {
        consumer.pause(List.of(partition));
      } else {
        over = false;
      }
    }
    return over;
  }

  private static SortedMap<Integer, Long> numbered(Map<TopicPartition, Long> offsets) {
    SortedMap<Integer, Long> numbered = new TreeMap<>();
    offsets.forEach((partition, offset) -> numbered.put(partition.partition(), offset));
    return numbered;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
