package dev.walcdc.verify;

import dev.walcdc.change.Version;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The rows that changed since the source was read, by their identity: the key, and in a table
 * without one the place in the WAL. Pure; used by one thread.
 */
final class TouchedRows {

  /** Hashes that are kept at most: 128 MB of them. */
  static final long MOST_CELLS = 16L << 20;

  private final Map<RowKey, RowHistory> rows = new HashMap<>();

  /** Those that have not been looked up yet. */
  private final Map<RowKey, RowHistory> fresh = new HashMap<>();

  /** Those that got more since the last look. */
  private final Set<RowHistory> grown = new HashSet<>();

  private final Set<Version> rereads = new HashSet<>();
  private Version lowest;
  private long cells;

  /**
   * Adds what the next record of a partition made of its row.
   *
   * @throws UndecidedException see {@link RowHistory#add}; also if more changed than can be kept
   */
  void add(RowKey row, RowState state) {
    cells += RowHistory.cells(state);
    if (cells > MOST_CELLS) {
      throw new UndecidedException(
          "more changed than can be remembered (%d values), for a sink is far behind, or the table changes too fast for what it takes to read it"
              .formatted(MOST_CELLS));
    }
    RowHistory history = rows.get(row);
    if (history == null) {
      history = new RowHistory();
      rows.put(row, history);
      fresh.put(row, history);
    }
    history.add(state);
    grown.add(history);
    if (lowest == null || state.version().compareTo(lowest) < 0) {
      lowest = state.version();
    }
  }

  /**
   * Looks up what the rows that are new here were at the moment, and fills what records left out.
   *
   * @throws UndecidedException if a value cannot be filled
   */
  void begin(MomentRows moment) {
    TablePlan plan = moment.plan();
    if (plan.hasKey() && !fresh.isEmpty()) {
      moment.find(
          fresh.keySet(),
          row -> {
            RowHistory history = fresh.get(row.key(plan.keyColumns()));
            if (history != null) {
              history.begin(row.columnHashes());
            }
          });
    }
    fresh.clear();
    grown.forEach(RowHistory::complete);
    grown.clear();
  }

  /** A resync wrote rows as they were at its mark, by this version. */
  void reread(Version version) {
    rereads.add(version);
  }

  /** Versions by which a resync wrote rows. */
  Set<Version> rereads() {
    return rereads;
  }

  /** All rows. */
  Map<RowKey, RowHistory> all() {
    return rows;
  }

  /** The lowest version of all changes here; null if there are none. */
  Version lowest() {
    return lowest;
  }

  /** Whether a row is among them. */
  boolean contains(RowKey row) {
    return rows.containsKey(row);
  }
}
