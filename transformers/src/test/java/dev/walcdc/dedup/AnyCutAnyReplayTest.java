package dev.walcdc.dedup;

import static dev.walcdc.TestLog.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.dedup.History.Entry;
import dev.walcdc.envelope.EnvelopeNormalizer;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/**
 * However the log is cut into batches, and however often a part of it comes again, a sink that
 * takes normalized and deduplicated batches ends where the source is. The seed is fixed; other
 * histories come with {@code -Dsurefire.argLine=-Dwalcdc.seed=<number>}.
 */
class AnyCutAnyReplayTest {

  private static final long SEED = Long.getLong("walcdc.seed", 0);

  private final EnvelopeNormalizer normalizer = new EnvelopeNormalizer();
  private final ChangeDeduplicator deduplicator = new ChangeDeduplicator();

  @Provide
  Arbitrary<Long> seeds() {
    return Arbitraries.longs().map(seed -> seed ^ SEED);
  }

  /** Rows without TRUNCATE: keys may interleave, and every batch ends where single records do. */
  @Property(tries = 800, seed = "20261101", shrinking = ShrinkingMode.OFF)
  void rowsEndWhereTheSourceIs(@ForAll("seeds") long seed) {
    Random random = new Random(seed);
    History history = History.random(random, false);
    List<Entry> log = producedTwiceInPart(random, interleaved(random, history.log()));
    ModelSink sink = new ModelSink();
    ModelSink recordByRecord = new ModelSink();
    for (List<Entry> read : reads(random, log)) {
      sink.apply(deduplicator.deduplicate(normalized(read)));
      read.forEach(entry -> recordByRecord.apply(normalized(List.of(entry))));

      assertThat(sink.rows()).as("after %s of %s", read, log).isEqualTo(recordByRecord.rows());
      assertThat(sink.versions())
          .as("after %s of %s", read, log)
          .isEqualTo(recordByRecord.versions());
    }
    assertThat(sink.rows()).as("%s", log).isEqualTo(history.rows());
  }

  /**
   * A TRUNCATE keeps its place among all keys. No values are left out here: a replay that begins
   * between a row's creation and its TRUNCATE shows an update of a row that no sink has to complete
   * it from.
   */
  @Property(tries = 800, seed = "20261102", shrinking = ShrinkingMode.OFF)
  void truncatedTablesEndWhereTheSourceIs(@ForAll("seeds") long seed) {
    Random random = new Random(seed);
    History history = History.random(random, true);
    List<Entry> log = producedTwiceInPart(random, history.log());
    ModelSink sink = new ModelSink();
    for (List<Entry> read : reads(random, log)) {
      sink.apply(deduplicator.deduplicate(normalized(read)));
    }
    ModelSink recordByRecord = new ModelSink();
    log.forEach(entry -> recordByRecord.apply(normalized(List.of(entry))));

    assertThat(recordByRecord.rows()).as("%s", log).isEqualTo(history.rows());
    assertThat(sink.rows()).as("%s", log).isEqualTo(history.rows());
  }

  private ChangeBatch normalized(List<Entry> entries) {
    List<LogRecord> records = new ArrayList<>();
    for (Entry entry : entries) {
      records.add(new LogRecord(0, records.size(), new byte[0], entry.envelope(), 0, null));
    }
    return normalizer.normalize(new LogBatch(TOPIC, History.TABLE, records));
  }

  /** Each key's entries in their order, the keys in any: as several partitions are read. */
  private static List<Entry> interleaved(Random random, List<Entry> log) {
    Map<Integer, Deque<Entry>> byKey = new LinkedHashMap<>();
    log.forEach(entry -> byKey.computeIfAbsent(entry.key(), k -> new ArrayDeque<>()).add(entry));
    List<Deque<Entry>> keys = new ArrayList<>(byKey.values());
    List<Entry> merged = new ArrayList<>();
    while (!keys.isEmpty()) {
      int i = random.nextInt(keys.size());
      merged.add(keys.get(i).removeFirst());
      if (keys.get(i).isEmpty()) {
        keys.remove(i);
      }
    }
    return merged;
  }

  /** What capture writes when it is killed and goes on from an earlier position. */
  private static List<Entry> producedTwiceInPart(Random random, List<Entry> log) {
    if (log.isEmpty() || random.nextInt(3) == 0) {
      return log;
    }
    int killed = 1 + random.nextInt(log.size());
    int confirmed = random.nextInt(killed);
    List<Entry> twice = new ArrayList<>(log.subList(0, killed));
    twice.addAll(log.subList(confirmed, log.size()));
    return twice;
  }

  /** Batches of any size; now and then the consumer goes back to an earlier offset. */
  private static List<List<Entry>> reads(Random random, List<Entry> log) {
    List<List<Entry>> reads = new ArrayList<>();
    int next = 0;
    int restarts = random.nextInt(4);
    while (next < log.size()) {
      int end = next + 1 + random.nextInt(Math.min(12, log.size() - next));
      reads.add(log.subList(next, end));
      next = end;
      if (restarts > 0 && random.nextInt(3) == 0) {
        restarts--;
        next = random.nextInt(next + 1);
      }
    }
    return reads;
  }
}
