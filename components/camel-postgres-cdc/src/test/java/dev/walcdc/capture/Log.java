package dev.walcdc.capture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.log.RecordHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What lies on the log. */
final class Log {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Log() {}

  /** A record with its content in readable form. */
  record Entry(
      String topic,
      int partition,
      long offset,
      long timestamp,
      String key,
      String value,
      Map<String, String> headers) {

    JsonNode json() {
      try {
        return JSON.readTree(value);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    boolean isRow() {
      return value != null;
    }

    String op() {
      return json().get("op").textValue();
    }

    JsonNode after() {
      return json().get("after");
    }

    long lsn() {
      return json().get("source").get("lsn").longValue();
    }

    long ordinal() {
      return Long.parseLong(headers.getOrDefault(RecordHeaders.ORDINAL, "0"));
    }

    String schema() {
      return headers.get(RecordHeaders.SCHEMA);
    }

    boolean isFence() {
      return headers.containsKey(RecordHeaders.FENCE);
    }

    /** The last commit before the row's transaction. */
    long lastCommitLsn() {
      String first = json().get("source").get("sequence").textValue().split("\"")[1];
      return first.equals(",") ? 0 : Long.parseLong(first);
    }
  }

  /** Every record of a topic up to its present end. */
  static List<Entry> read(String topic) {
    return read(topic, Long.MAX_VALUE);
  }

  /** The last record of a topic of one partition; null if there is none. */
  static Entry last(String topic) {
    List<Entry> last = read(topic, 1);
    return last.isEmpty() ? null : last.get(last.size() - 1);
  }

  private static List<Entry> read(String topic, long lastOnes) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      if (!consumer.listTopics().containsKey(topic)) {
        return List.of();
      }
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      ends.forEach((partition, end) -> consumer.seek(partition, Math.max(0, end - lastOnes)));
      List<Entry> entries = new ArrayList<>();
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          entries.add(entry(record));
        }
      }
      return entries;
    }
  }

  /** The next offset of a topic's only partition; 0 if there is no such topic. */
  static long end(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      if (!consumer.listTopics().containsKey(topic)) {
        return 0;
      }
      TopicPartition partition = new TopicPartition(topic, 0);
      return consumer.endOffsets(List.of(partition)).get(partition);
    }
  }

  /** Writes a record; the value is null for a tombstone. */
  static void write(String topic, String key, byte[] value) {
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, Capture.brokers()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, key, value));
    }
  }

  /** Adds partitions to a topic. */
  static void grow(String topic, int partitions) {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, Capture.brokers()))) {
      admin
          .createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
          .all()
          .get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Set<String> topics() {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      return consumer.listTopics().keySet();
    }
  }

  private static Entry entry(ConsumerRecord<byte[], byte[]> record) {
    Map<String, String> headers = new HashMap<>();
    for (Header header : record.headers()) {
      headers.put(header.key(), text(header.value()));
    }
    return new Entry(
        record.topic(),
        record.partition(),
        record.offset(),
        record.timestamp(),
        text(record.key()),
        text(record.value()),
        headers);
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            Capture.brokers(),
            ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
            false),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
