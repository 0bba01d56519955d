package dev.walcdc.changelog;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Decides where to go on in partitions that were assigned: where the sink's own store says, else at
 * the group's committed offset, else at the very beginning. Refuses a table whose log no longer
 * reaches back that far: going on at its beginning would skip changes in silence.
 */
final class StartingPositions {

  private final PositionStore store;
  private final String groupId;

  /** Takes the store, or null where the consumer group keeps the position. */
  StartingPositions(PositionStore store, String groupId) {
    this.store = store;
    this.groupId = groupId;
  }

  /**
   * What was found.
   *
   * @param positions where to go on in each partition of the other topics
   * @param refused why a topic cannot be read on, by topic
   */
  record Found(Map<TopicPartition, Long> positions, Map<String, RuntimeException> refused) {}

  /** Looks where to go on in each partition; a topic is refused as a whole. */
  Found find(Consumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<TopicPartition, Long> stored =
        store == null ? committed(consumer, partitions) : fromStore(partitions);
    Map<TopicPartition, Long> positions = new HashMap<>();
    Map<String, RuntimeException> refused = new HashMap<>();
    for (TopicPartition partition : partitions) {
      long position = stored.getOrDefault(partition, 0L);
      long beginning = beginnings.get(partition);
      long end = ends.get(partition);
      if (position < beginning || position > end) {
        refused.put(
            partition.topic(),
            new IllegalStateException(
                "%s is to go on at offset %d of %s, but the log holds only %d to %d: changes between are lost, and the table must be read from the source again"
                    .formatted(groupId, position, partition, beginning, end)));
      }
      positions.put(partition, position);
    }
    positions.keySet().removeIf(partition -> refused.containsKey(partition.topic()));
    return new Found(positions, refused);
  }

  private static Map<TopicPartition, Long> committed(
      Consumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, OffsetAndMetadata> committed :
        consumer.committed(new HashSet<>(partitions)).entrySet()) {
      if (committed.getValue() != null) {
        offsets.put(committed.getKey(), committed.getValue().offset());
      }
    }
    return offsets;
  }

  private Map<TopicPartition, Long> fromStore(Collection<TopicPartition> partitions) {
    Map<String, Set<Integer>> byTopic =
        partitions.stream()
            .collect(
                Collectors.groupingBy(
                    TopicPartition::topic,
                    Collectors.mapping(TopicPartition::partition, Collectors.toSet())));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    byTopic.forEach(
        (topic, numbers) ->
            store
                .nextOffsets(topic, numbers)
                .forEach(
                    (number, offset) -> offsets.put(new TopicPartition(topic, number), offset)));
    return offsets;
  }
}
