package dev.walcdc.capture.state;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.changelog.KafkaConnection;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The topics that capture writes: makes those that are missing and says where they end. Used by one
 * thread.
 */
public final class LogTopics implements AutoCloseable {

  private final Admin admin;
  private final int partitions;
  private final long retentionMs;
  private final Set<String> changeTopics = new HashSet<>();

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
      if (!changeTopics.contains(topic)) {
        create(
            new NewTopic(topic, Optional.of(partitions), Optional.empty())
                .configs(
                    Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        Long.toString(retentionMs))));
        changeTopics.add(topic);
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

  /** The present end of every partition of every change topic that was ensured. */
  public Map<String, Map<Integer, Long>> nextOffsets() throws InterruptedException {
    try {
      Map<String, TopicDescription> described =
          admin.describeTopics(changeTopics).allTopicNames().get();
      Map<TopicPartition, OffsetSpec> latest =
          described.values().stream()
              .flatMap(
                  topic ->
                      topic.partitions().stream()
                          .map(p -> new TopicPartition(topic.name(), p.partition())))
              .collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
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
