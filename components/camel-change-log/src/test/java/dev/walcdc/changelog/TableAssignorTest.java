package dev.walcdc.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.common.TopicPartition;

class TableAssignorTest {

  private final TableAssignor assignor = new TableAssignor();

  @Property(tries = 200, seed = "20261101")
  void givesEachTableWholeToOneMemberAndSpreadsTables(
      @ForAll @IntRange(min = 0, max = 20) int topics,
      @ForAll @IntRange(min = 1, max = 5) int partitions,
      @ForAll @IntRange(min = 1, max = 6) int members) {
    Map<String, Integer> partitionsOf = new HashMap<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < topics; i++) {
      names.add("log.app.t" + i);
      partitionsOf.put("log.app.t" + i, 1 + (i + partitions) % partitions);
    }
    Map<String, Subscription> subscriptions = new HashMap<>();
    for (int i = 0; i < members; i++) {
      subscriptions.put("m" + i, new Subscription(names));
    }

    Map<String, List<TopicPartition>> assignment = assignor.assign(partitionsOf, subscriptions);

    Set<TopicPartition> all = new HashSet<>();
    int given = 0;
    int fewest = Integer.MAX_VALUE;
    int most = 0;
    Map<String, String> owners = new HashMap<>();
    for (Map.Entry<String, List<TopicPartition>> member : assignment.entrySet()) {
      Set<String> own = new HashSet<>();
      for (TopicPartition partition : member.getValue()) {
        all.add(partition);
        given++;
        own.add(partition.topic());
        owners.merge(partition.topic(), member.getKey(), (a, b) -> a.equals(b) ? a : "both");
      }
      fewest = Math.min(fewest, own.size());
      most = Math.max(most, own.size());
    }
    assertThat(assignment).hasSize(members);
    assertThat(given).isEqualTo(all.size());
    assertThat(all).hasSize(partitionsOf.values().stream().mapToInt(Integer::intValue).sum());
    assertThat(owners.values()).doesNotContain("both");
    assertThat(most - fewest).isLessThanOrEqualTo(1);
    assertThat(assignor.assign(partitionsOf, subscriptions)).isEqualTo(assignment);
  }

  @Example
  void givesATableOnlyToWhoSubscribedToIt() {
    Map<String, List<TopicPartition>> assignment =
        assignor.assign(
            Map.of("a", 2, "b", 1),
            Map.of("m1", new Subscription(List.of("a")), "m2", new Subscription(List.of("b"))));

    assertThat(assignment.get("m1"))
        .containsExactly(new TopicPartition("a", 0), new TopicPartition("a", 1));
    assertThat(assignment.get("m2")).containsExactly(new TopicPartition("b", 0));
  }

  @Example
  void passesOverATopicThatIsGone() {
    assertThat(assignor.assign(Map.of(), Map.of("m1", new Subscription(List.of("a")))).get("m1"))
        .isEmpty();
  }
}
