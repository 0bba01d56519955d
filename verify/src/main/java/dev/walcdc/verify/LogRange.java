package dev.walcdc.verify;

import java.util.Map;

/**
 * What a sink has applied of a topic, by partition: at least all that lies before one offset, at
 * most what lies before another. Where the sink is exact about it, the two are equal.
 *
 * @param from the lower bound; a partition that is missing has nothing applied
 * @param to the upper bound; likewise
 */
record LogRange(Map<Integer, Long> from, Map<Integer, Long> to) {

  long from(int partition) {
    return from.getOrDefault(partition, 0L);
  }

  long to(int partition) {
    return to.getOrDefault(partition, 0L);
  }
}
