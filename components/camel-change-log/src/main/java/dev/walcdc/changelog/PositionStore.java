package dev.walcdc.changelog;

import java.util.Map;
import java.util.Set;

/**
 * A sink that keeps its position beside its data, in the same commit. The log's consumer asks it
 * where to go on when partitions are assigned, and then does not heed the consumer group's offsets.
 */
public interface PositionStore {

  /**
   * The next offset to apply of each partition.
   *
   * @return a partition without an entry has no stored position: nothing of it was applied yet
   */
  Map<Integer, Long> nextOffsets(String topic, Set<Integer> partitions);

  /**
   * The topic is about to get another reader, or has one already: until {@link #nextOffsets} is
   * asked again, the sink is not to commit any position of it on its own account. A batch that is
   * still under way may end. Returns at once; called by the thread that reads.
   */
  default void released(String topic) {}
}
