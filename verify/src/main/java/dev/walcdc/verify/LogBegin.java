package dev.walcdc.verify;

import dev.walcdc.capture.resync.TransactionSnapshot;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.change.Version;
import dev.walcdc.changelog.TopicStretch;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A moment of the source, with a place of the log that no change lies before which the moment does
 * not show.
 *
 * @param moment rows, and which transactions they show; to be closed
 * @param state what capture had stored before
 * @param offsets where to read the log from, by partition
 * @param since no change at or behind the log's end of then has a lower version
 */
record LogBegin(
    SourceMoment moment, CaptureState state, SortedMap<Integer, Long> offsets, Version since) {

  /** What the clocks of database, capture and brokers may differ by. */
  static final Duration CLOCKS = Duration.ofMinutes(5);

  private static final int TRIES = 10;

  /**
   * Begins.
   *
   * <p>A change that lies before the log's end of now, and that a moment from after now does not
   * show, is of a transaction that is in progress now and then: its COMMIT was streamed, but
   * PostgreSQL does not show it yet, for an instant, or for as long as a synchronous standby is
   * away. Nearly always there is no transaction in progress at both times. If there is one (it may
   * simply be long) the log is read from when that began; it is not waited for.
   *
   * @param topic the table's
   * @param deadline until when to wait for capture to follow the stream at all
   */
  static LogBegin open(
      PostgresRows postgres,
      CaptureProgress capture,
      TopicStretch topic,
      TableName table,
      Deadline deadline) {
    CaptureState state = capture.streaming(deadline);
    Version since = Version.of(state.epoch(), state.position().lastCommitLsn(), 0);
    SortedMap<Integer, Long> ends = topic.ends();
    TransactionSnapshot before = postgres.snapshot();
    for (int tries = 1; ; tries++) {
      SourceMoment now = SourceMoment.open(postgres, table);
      try {
        Set<Long> open = now.openSince(before);
        if (open.isEmpty()) {
          return new LogBegin(now, state, ends, since);
        }
        if (tries == TRIES) {
          return new LogBegin(now, state, lookBack(postgres, topic, open, ends), since);
        }
      } catch (RuntimeException e) {
        now.close();
        throw e;
      }
      now.close();
      deadline.pause();
    }
  }

  private static SortedMap<Integer, Long> lookBack(
      PostgresRows postgres, TopicStretch topic, Set<Long> open, SortedMap<Integer, Long> ends) {
    Optional<Instant> begun = postgres.begunAt(open);
    SortedMap<Integer, Long> offsets =
        begun.map(time -> topic.offsetsAt(time.minus(CLOCKS))).orElseGet(topic::begins);
    SortedMap<Integer, Long> earlier = new TreeMap<>(ends);
    offsets.forEach((partition, offset) -> earlier.merge(partition, offset, Math::min));
    return earlier;
  }
}
