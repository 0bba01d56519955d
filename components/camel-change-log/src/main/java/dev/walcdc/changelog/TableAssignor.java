package dev.walcdc.changelog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.common.TopicPartition;

/**
 * Gives all partitions of a topic to one member, so that a table has one writer; topics go round
 * the members in the order of their names.
 */
public final class TableAssignor extends AbstractPartitionAssignor {

  @Override
  public String name() {
    return "table";
  }

  @Override
  public Map<String, List<TopicPartition>> assign(
      Map<String, Integer> partitionsPerTopic, Map<String, Subscription> subscriptions) {
    Map<String, List<String>> membersOfTopic = new TreeMap<>();
    for (String member : new TreeSet<>(subscriptions.keySet())) {
      for (String topic : subscriptions.get(member).topics()) {
        membersOfTopic.computeIfAbsent(topic, t -> new ArrayList<>()).add(member);
      }
    }
    Map<String, List<TopicPartition>> assignment = new HashMap<>();
    subscriptions.keySet().forEach(member -> assignment.put(member, new ArrayList<>()));
    int turn = 0;
    for (Map.Entry<String, List<String>> topic : membersOfTopic.entrySet()) {
      Integer partitions = partitionsPerTopic.get(topic.getKey());
      if (partitions == null) {
        continue;
      }
      List<String> members = topic.getValue();
      String owner = members.get(turn++ % members.size());
      assignment
          .get(owner)
          .addAll(AbstractPartitionAssignor.partitions(topic.getKey(), partitions));
    }
    return assignment;
  }
}
