package dev.walcdc.changelog;

import dev.walcdc.change.Version;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import dev.walcdc.quarantine.LetterState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * One sink's letters, in memory: all but their bytes. Safe for use by several threads. It follows
 * the quarantine topic, and what this process wrote there is entered at once.
 */
final class LetterIndex implements QuarantineLog.Reader {

  private final String sink;
  private final Map<String, TopicLetters> topics = new HashMap<>();

  LetterIndex(String sink) {
    this.sink = sink;
  }

  /**
   * A letter without its bytes and headers.
   *
   * @param logOffset where it was seen last on the quarantine topic
   */
  record Entry(
      LetterId id,
      LetterState state,
      byte[] key,
      String reason,
      Version version,
      long refusedAtMicros,
      long changedAtMicros,
      long supersededBy,
      long logOffset) {

    boolean isOpen() {
      return state == LetterState.OPEN;
    }

    /**
     * Whether nothing hangs on it any more. A dropped one still says that its row is not what the
     * log says, until a whole row comes.
     */
    private boolean isOver() {
      return switch (state) {
        case OPEN -> false;
        case DROPPED -> key == null;
        case SUPERSEDED, REPLAYED -> true;
      };
    }

    /** What is left of the letter when it is closed. */
    Letter closed(LetterState end, long bySupersedingOffset, long nowMicros) {
      return Letter.open(id, key, new byte[0], Map.of(), reason, version, refusedAtMicros)
          .closed(end, bySupersedingOffset, nowMicros);
    }

    /** Whether records of its key at this offset still lack what the letter holds. */
    private boolean dirties(int partition, long offset) {
      return id.partition() == partition
          && id.offset() < offset
          && (isOpen() || (state == LetterState.SUPERSEDED && offset < supersededBy));
    }
  }

  private static final class TopicLetters {
    private final TreeMap<LetterId, Entry> all = new TreeMap<>();
    private final Map<ByteBuffer, Set<LetterId>> byKey = new HashMap<>();
    private final Map<LetterId, LetterRequest> requests = new HashMap<>();

    private void put(Entry entry) {
      Entry before = all.get(entry.id());
      if (before != null && before.logOffset() >= entry.logOffset()) {
        return; // Entered when it was written; the topic only repeats it.
      }
      all.put(entry.id(), entry);
      if (entry.key() != null) {
        byKey.computeIfAbsent(ByteBuffer.wrap(entry.key()), key -> new HashSet<>()).add(entry.id());
      }
    }

    private void remove(LetterId id) {
      Entry entry = all.remove(id);
      if (entry != null && entry.key() != null) {
        byKey.computeIfPresent(
            ByteBuffer.wrap(entry.key()),
            (key, ids) -> {
              ids.remove(id);
              return ids.isEmpty() ? null : ids;
            });
      }
    }

    private boolean isEmpty() {
      return all.isEmpty() && requests.isEmpty();
    }
  }

  @Override
  public synchronized void letter(Letter letter, long offset) {
    if (letter.id().sink().equals(sink)) {
      topics
          .computeIfAbsent(letter.id().topic(), topic -> new TopicLetters())
          .put(
              new Entry(
                  letter.id(),
                  letter.state(),
                  letter.key(),
                  letter.reason(),
                  letter.version(),
                  letter.refusedAtMicros(),
                  letter.changedAtMicros(),
                  letter.supersededBy(),
                  offset));
    }
  }

  @Override
  public synchronized void forgotten(LetterId letter) {
    TopicLetters letters = topics.get(letter.topic());
    if (letter.sink().equals(sink) && letters != null) {
      letters.remove(letter);
      tidy(letter.topic());
    }
  }

  @Override
  public synchronized void request(LetterRequest request) {
    if (request.letter().sink().equals(sink)) {
      topics
          .computeIfAbsent(request.letter().topic(), topic -> new TopicLetters())
          .requests
          .put(request.letter(), request);
    }
  }

  @Override
  public synchronized void answered(LetterId letter) {
    TopicLetters letters = topics.get(letter.topic());
    if (letter.sink().equals(sink) && letters != null) {
      letters.requests.remove(letter);
      tidy(letter.topic());
    }
  }

  private void tidy(String topic) {
    if (topics.get(topic).isEmpty()) {
      topics.remove(topic);
    }
  }

  /**
   * Whether there is no letter of this topic, whatever its state: nothing needs to be looked at.
   */
  synchronized boolean isEmpty(String topic) {
    TopicLetters letters = topics.get(topic);
    return letters == null || letters.all.isEmpty();
  }

  /** Whether there is a letter of this key, whatever its state. */
  synchronized boolean hasKey(String topic, byte[] key) {
    TopicLetters letters = topics.get(topic);
    return key != null && letters != null && letters.byKey.containsKey(ByteBuffer.wrap(key));
  }

  /** The letter about this record. */
  synchronized Optional<Entry> at(LetterId id) {
    TopicLetters letters = topics.get(id.topic());
    return letters == null ? Optional.empty() : Optional.ofNullable(letters.all.get(id));
  }

  /** Letters that make this key dirty for a record at this place; in the log's order. */
  synchronized List<Entry> dirtying(String topic, byte[] key, int partition, long offset) {
    TopicLetters letters = topics.get(topic);
    Set<LetterId> ids = letters == null ? null : letters.byKey.get(ByteBuffer.wrap(key));
    if (ids == null) {
      return List.of();
    }
    return ids.stream()
        .sorted()
        .map(letters.all::get)
        .filter(entry -> entry.dirties(partition, offset))
        .toList();
  }

  /** Open letters of a topic, in the log's order. */
  synchronized List<Entry> open(String topic) {
    TopicLetters letters = topics.get(topic);
    return letters == null
        ? List.of()
        : letters.all.values().stream().filter(Entry::isOpen).toList();
  }

  /** The letter and every other open one of its key, in the log's order. */
  synchronized List<Entry> openOfSameKey(Entry entry) {
    if (entry.key() == null) {
      return entry.isOpen() ? List.of(entry) : List.of();
    }
    TopicLetters letters = topics.get(entry.id().topic());
    return letters.byKey.getOrDefault(ByteBuffer.wrap(entry.key()), Set.of()).stream()
        .sorted()
        .map(letters.all::get)
        .filter(Entry::isOpen)
        .toList();
  }

  /** How many letters are open, by topic; topics without any are left out. */
  synchronized Map<String, Long> openCounts() {
    Map<String, Long> counts = new TreeMap<>();
    topics.forEach(
        (topic, letters) -> {
          long open = letters.all.values().stream().filter(Entry::isOpen).count();
          if (open > 0) {
            counts.put(topic, open);
          }
        });
    return counts;
  }

  /** Topics about whose letters somebody has asked for something. */
  synchronized Set<String> asked() {
    Set<String> asked = new HashSet<>();
    topics.forEach(
        (topic, letters) -> {
          if (!letters.requests.isEmpty()) {
            asked.add(topic);
          }
        });
    return asked;
  }

  /** What was asked for, of one topic. */
  synchronized Collection<LetterRequest> requests(String topic) {
    TopicLetters letters = topics.get(topic);
    return letters == null ? List.of() : List.copyOf(letters.requests.values());
  }

  /** Letters of these topics that were closed longer ago than this. */
  synchronized List<LetterId> closedBefore(Set<String> of, long micros) {
    List<LetterId> closed = new ArrayList<>();
    for (String topic : of) {
      TopicLetters letters = topics.get(topic);
      if (letters != null) {
        letters.all.values().stream()
            .filter(entry -> entry.isOver() && entry.changedAtMicros() < micros)
            .forEach(entry -> closed.add(entry.id()));
      }
    }
    return closed;
  }

  static long micros(long millis) {
    return TimeUnit.MILLISECONDS.toMicros(millis);
  }
}
