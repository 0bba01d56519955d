package dev.walcdc.verify;

import dev.walcdc.change.Version;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * One passage over a sink's rows. Rows that changed since the source was read, or may have, are
 * kept one by one; of the others the caller makes what it needs.
 */
final class SinkPassage {

  /** Rows that are kept at most. */
  private static final int MOST_KEPT = 1_000_000;

  private final TablePlan plan;
  private final PlacedRows sink;
  private final LogSince window;
  private final Version since;
  private final Map<RowKey, FoundRow> kept = new HashMap<>();
  private final Set<RowKey> early;
  private LogRange range;
  private long rows;

  /** Takes a row that did not change since the source was read, as far as is known. */
  @FunctionalInterface
  interface OldRows {
    void row(CanonicalRow row);
  }

  private SinkPassage(
      TablePlan plan, PlacedRows sink, LogSince window, Version since, Set<RowKey> early) {
    this.plan = plan;
    this.sink = sink;
    this.window = window;
    this.since = since;
    this.early = early;
  }

  /**
   * Passes over all rows. The log is read before, so that most rows that change are known, and
   * afterwards, so that all are that the sink may have shown.
   *
   * @throws UndecidedException see {@link LogSince#readTo}
   */
  static SinkPassage over(TablePlan plan, PlacedRows sink, LogSince window, OldRows old) {
    Map<Integer, Long> before = sink.isPinned() ? sink.applied() : window.ends();
    window.readTo(before);
    Version lowest = window.touched().lowest();
    Version since = window.since();
    SinkPassage passage =
        new SinkPassage(
            plan,
            sink,
            window,
            lowest == null || since.compareTo(lowest) < 0 ? since : lowest,
            new HashSet<>(window.touched().all().keySet()));
    passage.run(old);
    Map<Integer, Long> after = before;
    if (!sink.isPinned()) {
      after = window.ends();
      window.readTo(after);
    }
    passage.range = new LogRange(sink.applied(), after);
    return passage;
  }

  private void run(OldRows old) {
    HashTable changed = new HashTable(early.size());
    early.forEach(key -> changed.putIfAbsent(key.hash(), 1));
    int columns = plan.columns().size();
    int from = plan.hasKey() ? 0 : columns;
    int to = plan.hasKey() ? plan.keyColumns() : columns + PlacedRows.KEYLESS_IDENTITY.size();
    rows =
        sink.scan(
            since,
            (row, version) -> {
              boolean fresh = version != null && version.compareTo(since) >= 0;
              if (fresh || changed.find(row.hash(from, to)) != HashTable.NONE) {
                keep(row.key(from, to), new FoundRow(row.columnHashes(columns), version, 1));
              } else {
                old.row(row);
              }
            });
  }

  private void keep(RowKey key, FoundRow found) {
    if (kept.size() == MOST_KEPT) {
      throw new UndecidedException(
          "more than %d rows changed while a sink was read".formatted(MOST_KEPT));
    }
    kept.merge(key, found, (one, other) -> one.again());
  }

  /** The rows that were kept. */
  Map<RowKey, FoundRow> kept() {
    return kept;
  }

  /** Whether a row would have been kept if the sink had it: it had changed before the passage. */
  boolean wasWatched(RowKey key) {
    return early.contains(key);
  }

  /** What the sink had applied at the passage. */
  LogRange range() {
    return range;
  }

  /** Rows of the sink. */
  long rows() {
    return rows;
  }
}
