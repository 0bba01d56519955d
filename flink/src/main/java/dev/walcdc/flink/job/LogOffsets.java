package dev.walcdc.flink.job;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Where a table's job is on its topic: Kafka keeps the offsets of its latest checkpoint under
 * {@link Settings#GROUP}. They begin the job's first start and tell how far it is; in between only
 * the checkpoint's own count.
 */
public final class LogOffsets {

  private LogOffsets() {}

  /**
   * Records beyond the offsets of the latest checkpoint. Their commit to Iceberg follows that
   * checkpoint at once.
   *
   * @throws KafkaException if the brokers do not answer
   */
  public static long lag(Settings settings, String table) {
    return ask(
        settings,
        admin -> {
          Set<TopicPartition> partitions = partitions(admin, settings.topic(table));
          Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
          Map<TopicPartition, OffsetSpec> begins = new HashMap<>();
          partitions.forEach(partition -> ends.put(partition, OffsetSpec.latest()));
          partitions.forEach(partition -> begins.put(partition, OffsetSpec.earliest()));
          var committed =
              admin.listConsumerGroupOffsets(Settings.GROUP).partitionsToOffsetAndMetadata().get();
          var last = admin.listOffsets(ends).all().get();
          var first = admin.listOffsets(begins).all().get();
          long waiting = 0;
          for (TopicPartition partition : partitions) {
            OffsetAndMetadata next = committed.get(partition);
            waiting +=
                last.get(partition).offset()
                    - (next == null ? first.get(partition).offset() : next.offset());
          }
          return waiting;
        });
  }

  /** Has the job begin with the first record that the log still holds. */
  static void begin(Settings settings, String table) {
    ask(
        settings,
        admin -> {
          Map<TopicPartition, OffsetSpec> begins = new HashMap<>();
          partitions(admin, settings.topic(table))
              .forEach(partition -> begins.put(partition, OffsetSpec.earliest()));
          Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
          admin
              .listOffsets(begins)
              .all()
              .get()
              .forEach(
                  (partition, first) ->
                      offsets.put(partition, new OffsetAndMetadata(first.offset())));
          return admin.alterConsumerGroupOffsets(Settings.GROUP, offsets).all().get();
        });
  }

  /** Whether there is anything to read. */
  static boolean hasTopic(Settings settings, String table) {
    return ask(settings, admin -> !partitions(admin, settings.topic(table)).isEmpty());
  }

  private static Set<TopicPartition> partitions(Admin admin, String topic)
      throws ExecutionException, InterruptedException {
    try {
      return admin
          .describeTopics(Set.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .stream()
          .map(partition -> new TopicPartition(topic, partition.partition()))
          .collect(Collectors.toSet());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Set.of();
      }
      throw e;
    }
  }

  private interface Question<T> {
    T ask(Admin admin) throws ExecutionException, InterruptedException;
  }

  private static <T> T ask(Settings settings, Question<T> question) {
    Properties properties = settings.brokers().properties();
    try (Admin admin = Admin.create(properties)) {
      return question.ask(admin);
    } catch (ExecutionException e) {
      throw new KafkaException("The log does not answer: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException(e);
    }
  }
}
