package dev.walcdc.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.iceberg.catalog.TableIdentifier;

/** Applies a random history in random batches, with crashes and seeks to earlier offsets. */
final class AnyCutAnyReplay {

  private static final int ATTEMPTS = 5;

  private AnyCutAnyReplay() {}

  static void check(TestLake lake, long seed, boolean keyed, int partitions) {
    check(lake, seed, keyed, partitions, random -> {});
  }

  /**
   * The same, with others at work on the table.
   *
   * @param others called before each batch
   */
  static void check(
      TestLake lake, long seed, boolean keyed, int partitions, Consumer<Random> others) {
    SourceHistory history = new SourceHistory(seed, keyed, partitions);
    Random cuts = new Random(~seed);
    Random othersRandom = new Random(seed * 31);
    TableSink sink = lake.sink(history.topic());
    Map<Integer, Long> offsets = new HashMap<>();
    int steps = 0;
    while (!history.isAtEnd(offsets)) {
      others.accept(othersRandom);
      ChangeBatch batch = history.next(offsets, cuts);
      apply(sink, batch);
      batch.progress().forEach((partition, p) -> offsets.put(partition, p.nextOffset()));
      int event = cuts.nextInt(10);
      if (event > 7) {
        commitPosition(sink);
      }
      if (event == 0 && steps++ < 20) {
        // A crash: another process takes over where the table says.
        sink = lake.sink(history.topic());
        Map<Integer, Long> stored = sink.takeOver();
        offsets.clear();
        offsets.putAll(stored);
      } else if (event == 1 && steps++ < 20) {
        // An operator seeks to somewhere before.
        offsets.replaceAll((partition, offset) -> (long) (offset * cuts.nextDouble()));
      }
    }
    TableIdentifier table = keyed ? TestLake.USERS : TestLake.EVENTS;
    assertThat(lake.rows(table))
        .as("seed %d, %s, %d partitions", seed, keyed ? "keyed" : "without key", partitions)
        .isEqualTo(history.rows());
  }

  /** The route tries again as well. */
  private static void apply(TableSink sink, ChangeBatch batch) {
    for (int attempt = 1; ; attempt++) {
      try {
        sink.apply(batch);
        return;
      } catch (UnknownOutcomeException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void commitPosition(TableSink sink) {
    try {
      sink.commitPosition(Duration.ZERO);
    } catch (UnknownOutcomeException e) {
      // It is made good with the next batch.
    }
  }
}
