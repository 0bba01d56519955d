package dev.walcdc.changelog;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A compacted topic of one partition that is read as a table: from where the last reading ended to
 * its present end. Not safe for use by several threads at once.
 */
public final class CompactedTopic {

  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaConnection connection;
  private final TopicPartition partition;
  private long nextOffset;

  public CompactedTopic(KafkaConnection connection, String topic) {
    this.connection = connection;
    this.partition = new TopicPartition(topic, 0);
  }

  /**
   * Hands over every record that came since the last call, in order; of a topic that does not
   * exist, none.
   *
   * @param reader takes key and value; the value is null for a deletion
   * @throws org.apache.kafka.common.KafkaException if the brokers do not answer
   */
  public void readToEnd(BiConsumer<byte[], byte[]> reader) {
    Properties properties = connection.properties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      // Asks for all topics: asking for one that does not exist yet waits for it until a time-out.
      Map<String, List<PartitionInfo>> topics = consumer.listTopics();
      if (!topics.containsKey(partition.topic())) {
        return;
      }
      List<TopicPartition> assigned = List.of(partition);
      consumer.assign(assigned);
      consumer.seek(partition, nextOffset);
      long end = consumer.endOffsets(assigned).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          reader.accept(record.key(), record.value());
        }
      }
      nextOffset = consumer.position(partition);
    }
  }
}
