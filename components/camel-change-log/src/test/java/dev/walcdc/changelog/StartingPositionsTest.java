package dev.walcdc.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StartingPositionsTest {

  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TopicPartition A1 = new TopicPartition("a", 1);
  private static final TopicPartition B0 = new TopicPartition("b", 0);
  private static final List<TopicPartition> ALL = List.of(A0, A1, B0);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

  @BeforeEach
  void log() {
    consumer.assign(ALL);
    consumer.updateBeginningOffsets(Map.of(A0, 0L, A1, 0L, B0, 0L));
    consumer.updateEndOffsets(Map.of(A0, 100L, A1, 100L, B0, 100L));
  }

  @Test
  void beginsAtTheVeryBeginning() {
    assertThat(find(null)).isEqualTo(Map.of(A0, 0L, A1, 0L, B0, 0L));
    assertThat(find((topic, partitions) -> Map.of())).isEqualTo(Map.of(A0, 0L, A1, 0L, B0, 0L));
  }

  @Test
  void goesOnAtTheGroupsOffset() {
    consumer.commitSync(Map.of(A1, new OffsetAndMetadata(7)));

    assertThat(find(null)).isEqualTo(Map.of(A0, 0L, A1, 7L, B0, 0L));
  }

  @Test
  void theStoreAloneCountsWhereThereIsOne() {
    consumer.commitSync(Map.of(A0, new OffsetAndMetadata(50), A1, new OffsetAndMetadata(50)));
    List<String> asked = new ArrayList<>();

    Map<TopicPartition, Long> positions =
        find(
            (topic, partitions) -> {
              asked.add(topic + new TreeSet<>(partitions));
              return topic.equals("a") ? Map.of(1, 7L) : Map.of(0, 100L);
            });

    assertThat(positions).isEqualTo(Map.of(A0, 0L, A1, 7L, B0, 100L));
    assertThat(asked).containsExactlyInAnyOrder("a[0, 1]", "b[0]");
  }

  @Test
  void refusesATableWhoseLogBeginsLaterAndOnlyThat() {
    consumer.updateBeginningOffsets(Map.of(B0, 8L));

    StartingPositions.Found found = look((topic, partitions) -> Map.of(0, 7L));

    assertThat(found.refused()).containsOnlyKeys("b");
    assertThat(found.refused().get("b"))
        .hasMessageContaining("sink is to go on at offset 7 of b-0")
        .hasMessageContaining("only 8 to 100");
    assertThat(found.positions()).isEqualTo(Map.of(A0, 7L, A1, 0L));
    assertThat(find((topic, partitions) -> Map.of(0, 8L))).containsEntry(B0, 8L);
  }

  @Test
  void refusesAllPartitionsOfATableTogether() {
    consumer.updateBeginningOffsets(Map.of(A0, 1L));

    StartingPositions.Found found = look(null);

    assertThat(found.refused().get("a")).hasMessageContaining("offset 0 of a-0");
    assertThat(found.positions()).isEqualTo(Map.of(B0, 0L));
  }

  @Test
  void refusesALogThatEndsBeforeThePosition() {
    StartingPositions.Found found = look((topic, partitions) -> Map.of(0, 101L));

    assertThat(found.refused()).containsOnlyKeys("a", "b");
    assertThat(found.refused().get("b")).hasMessageContaining("offset 101 of");
  }

  private StartingPositions.Found look(PositionStore store) {
    return new StartingPositions(store, "sink").find(consumer, ALL);
  }

  private Map<TopicPartition, Long> find(PositionStore store) {
    StartingPositions.Found found = look(store);
    assertThat(found.refused()).isEmpty();
    return found.positions();
  }
}
