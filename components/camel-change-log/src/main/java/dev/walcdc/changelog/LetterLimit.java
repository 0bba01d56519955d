package dev.walcdc.changelog;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many letters a table may have a minute. With more, it is not the records that are wrong: the
 * table stops writing letters, and waits, until one of its batches is applied as it is. Safe for
 * use by several threads.
 */
final class LetterLimit {

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final int perMinute;
  private final LongSupplier clock;
  private final Map<String, Deque<Written>> recent = new HashMap<>();
  private final Set<String> stopped = new HashSet<>();

  private record Written(long nanos, int letters) {}

  /**
   * @param perMinute for each table; 0 for none at all
   */
  LetterLimit(int perMinute) {
    this(perMinute, System::nanoTime);
  }

  LetterLimit(int perMinute, LongSupplier clock) {
    this.perMinute = perMinute;
    this.clock = clock;
  }

  /**
   * Makes sure that letters may be written.
   *
   * @param cause why they are to be
   * @throws QuarantineFullException if they would be too many
   */
  synchronized void require(String topic, int letters, RuntimeException cause) {
    Deque<Written> written = recent.computeIfAbsent(topic, t -> new ArrayDeque<>());
    long now = clock.getAsLong();
    while (!written.isEmpty() && now - written.peekFirst().nanos() > MINUTE_NANOS) {
      written.removeFirst();
    }
    int sum = letters + written.stream().mapToInt(Written::letters).sum();
    if (sum > perMinute) {
      stopped.add(topic);
    }
    if (stopped.contains(topic)) {
      throw new QuarantineFullException(topic, perMinute, cause);
    }
  }

  /**
   * Counts letters that were written: what a broker did not take is tried again, and counts once.
   */
  synchronized void written(String topic, int letters) {
    recent
        .computeIfAbsent(topic, t -> new ArrayDeque<>())
        .addLast(new Written(clock.getAsLong(), letters));
  }

  /** A batch of the topic was applied without further letters. */
  synchronized void clear(String topic) {
    stopped.remove(topic);
  }
}
