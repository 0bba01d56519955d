package dev.walcdc.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The broker's topics, each of one partition. */
final class Topics implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);

  private final String brokers;
  private final Admin admin;
  private final ObjectMapper json = new ObjectMapper();

  Topics(String brokers) {
    this.brokers = brokers;
    this.admin = Admin.create(Map.of("bootstrap.servers", brokers));
  }

  /** Makes a topic, as capture makes its own. */
  void create(String topic) throws InterruptedException, ExecutionException {
    admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty()))).all().get();
  }

  /** How many records were written to a topic; 0 while it is not there. */
  long end(String topic) throws InterruptedException, ExecutionException {
    TopicPartition partition = new TopicPartition(topic, 0);
    try {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return 0;
      }
      throw e;
    }
  }

  /** A consumer that is at the first record of a topic. */
  KafkaConsumer<byte[], byte[]> read(String topic) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", brokers, "enable.auto.commit", "false"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(List.of(new TopicPartition(topic, 0)));
    consumer.seekToBeginning(consumer.assignment());
    return consumer;
  }

  /**
   * Reads the changes on a topic and follows them.
   *
   * @param truth what PostgreSQL holds
   * @param changes row changes that were captured beside the snapshot
   * @throws BenchException when a change is missing or there twice
   */
  void mustHold(String topic, long changes, RowDigest truth) throws Exception {
    long transactions = changes / Ledger.TRANSACTION;
    Map<String, Long> operations = new HashMap<>();
    Set<Long> live = new HashSet<>();
    try (KafkaConsumer<byte[], byte[]> consumer = read(topic)) {
      long end = end(topic);
      for (long next = 0; next < end; ) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          next = record.offset() + 1;
          follow(record, operations, live);
        }
      }
    }
    boolean snapshot = operations.remove("r") != null;
    Map<String, Long> expected =
        Map.of(
            "c", transactions * 60,
            "u", transactions * 30,
            "d", transactions * Ledger.DELETES,
            "tombstone", transactions * Ledger.DELETES);
    // A capture without the snapshot knows of the first rows only those that were updated since.
    long missing = truth.count() - live.size();
    long mayMiss = snapshot ? 0 : Ledger.FIRST_ROWS;
    if (!operations.equals(expected) || missing < 0 || missing > mayMiss) {
      throw new BenchException(
          "Topic %s holds %s and %d live rows, not %s and %d: a wrong result has no figure"
              .formatted(topic, operations, live.size(), expected, truth.count()));
    }
  }

  private void follow(
      ConsumerRecord<byte[], byte[]> record, Map<String, Long> operations, Set<Long> live)
      throws IOException {
    if (record.value() == null) {
      operations.merge("tombstone", 1L, Long::sum);
      return;
    }
    JsonNode change = json.readTree(record.value());
    String operation = change.path("op").asText();
    operations.merge(operation, 1L, Long::sum);
    if (operation.equals("d")) {
      live.remove(change.path("before").path("id").asLong());
    } else {
      live.add(change.path("after").path("id").asLong());
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
