package dev.walcdc.capture.state;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.log.OutgoingRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The topics that capture writes: makes those that are missing, knows their partitions and says
 * where they end. Used by one thread.
 */
public final class LogTopics implements AutoCloseable {

  private final Admin admin;
  private final int partitions;
  private final long retentionMs;

  /** How many each change topic has; fixed within an epoch, for keys must stay where they are. */
  private final Map<String, Integer> changePartitions = new HashMap<>();

  /**
   * @param partitions of a change topic that is made
   * @param retentionMs of a change topic that is made, milliseconds; -1 for ever
   */
  public LogTopics(KafkaConnection connection, int partitions, long retentionMs) {
    this.admin = Admin.create(connection.properties());
    this.partitions = partitions;
    this.retentionMs = retentionMs;
  }

  /** Makes sure that a topic is there which keeps the last record of every key for ever. */
  public void ensureCompacted(String topic) throws InterruptedException {
    create(
        new NewTopic(topic, Optional.of(1), Optional.empty())
            .configs(
                Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)));
  }

  /** Makes sure that these tables have their topics; asks the brokers only about new ones. */
  public void ensureChanges(Collection<String> topics) throws InterruptedException {
    for (String topic : topics) {
      if (!changePartitions.containsKey(topic)) {
        create(
            new NewTopic(topic, Optional.of(partitions), Optional.empty())
                .configs(
                    Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        Long.toString(retentionMs))));
        changePartitions.put(topic, partitionsOf(topic));
      }
    }
  }

  private void create(NewTopic topic) throws InterruptedException {
    try {
      admin.createTopics(List.of(topic)).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new CaptureException(
            "Topic `%s` cannot be created: %s".formatted(topic.name(), e.getCause().getMessage()),
            e);
      }
    }
  }

  private int partitionsOf(String topic) throws InterruptedException {
    try {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .size();
    } catch (ExecutionException e) {
      throw new CaptureException(
          "The brokers do not say how many partitions topic `%s` has: %s"
              .formatted(topic, e.getCause().getMessage()),
          e);
    }
  }

  /**
   * The same records in their order, with a copy for each partition in place of one that is for
   * every partition. Their topics must have been ensured.
   */
  public List<OutgoingRecord> onTheirPartitions(List<OutgoingRecord> records) {
    if (records.stream().noneMatch(record -> record.partition() == OutgoingRecord.EVERY)) {
      return records;
    }
    List<OutgoingRecord> copied = new ArrayList<>(records.size());
    for (OutgoingRecord record : records) {
      if (record.partition() == OutgoingRecord.EVERY) {
        IntStream.range(0, changePartitions.get(record.topic()))
            .forEach(partition -> copied.add(record.on(partition)));
      } else {
        copied.add(record);
      }
    }
    return copied;
  }

  /** The present end of every partition of every change topic that was ensured. */
  public Map<String, Map<Integer, Long>> nextOffsets() throws InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    changePartitions.forEach(
        (topic, count) ->
            IntStream.range(0, count)
                .forEach(p -> latest.put(new TopicPartition(topic, p), OffsetSpec.latest())));
    try {
      Map<String, Map<Integer, Long>> next = new TreeMap<>();
      admin
          .listOffsets(latest)
          .all()
          .get()
          .forEach(
              (partition, end) ->
                  next.computeIfAbsent(partition.topic(), t -> new HashMap<>())
                      .put(partition.partition(), end.offset()));
      return next;
    } catch (ExecutionException e) {
      throw new CaptureException(
          "The brokers do not say where the topics end: " + e.getCause().getMessage(), e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
