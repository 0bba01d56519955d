package dev.walcdc.verify;

import dev.walcdc.change.Version;
import dev.walcdc.verify.VerifyReport.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One row since the source was read: what it was then, and what each record of the log made of it
 * by a transaction that the reading does not show. Says which states a sink may hold. Pure; used by
 * one thread.
 */
final class RowHistory {

  private final List<RowState> states = new ArrayList<>(1);
  private long[] atSnapshot;
  private int completed;

  /**
   * Adds the next record of the row.
   *
   * @throws UndecidedException if the log repeats itself: a sink may show an earlier state again
   *     for a while
   */
  void add(RowState state) {
    if (!states.isEmpty()) {
      RowState last = states.get(states.size() - 1);
      if (state.version().compareTo(last.version()) <= 0) {
        throw new UndecidedException(
            "the log repeats changes at offset %d, for capture was started again"
                .formatted(state.offset()));
      }
    }
    states.add(state);
  }

  /**
   * Sets what the row was when the source was read; there was none unless this is called.
   *
   * @param columns a hash for each value
   */
  void begin(long[] columns) {
    atSnapshot = columns;
  }

  /** What the row was when the source was read; null if there was none. */
  long[] atSnapshot() {
    return atSnapshot;
  }

  /**
   * Fills what records left out with what was there before.
   *
   * @throws UndecidedException if there was nothing before
   */
  void complete() {
    for (; completed < states.size(); completed++) {
      RowState state = states.get(completed);
      long[] before = completed == 0 ? atSnapshot : states.get(completed - 1).columns();
      for (int i = 0; state.columns() != null && i < state.columns().length; i++) {
        if (state.columns()[i] == RowState.LEFT_OUT) {
          if (before == null) {
            throw new UndecidedException(
                "the record at offset %d leaves out a value, and the row before it is not known"
                    .formatted(state.offset()));
          }
          state.columns()[i] = before[i];
        }
      }
    }
  }

  /**
   * The states that a sink may hold, of which the first is the one that it holds if it has applied
   * nothing beyond what it must have.
   *
   * @param from it has applied at least what lies before these offsets
   * @param to and at most what lies before these
   */
  private List<RowState> allowed(LogRange range) {
    int first = 0;
    int end = 0;
    for (RowState state : states) {
      first += state.offset() < range.from(state.partition()) ? 1 : 0;
      end += state.offset() < range.to(state.partition()) ? 1 : 0;
    }
    List<RowState> allowed = new ArrayList<>();
    if (first == 0) {
      allowed.add(new RowState(0, -1, null, atSnapshot));
    }
    allowed.addAll(states.subList(Math.max(0, first - 1), Math.max(first, end)));
    return allowed;
  }

  /** Whether the row may be missing in a sink that applied what the range says. */
  boolean mayBeGone(LogRange range) {
    return allowed(range).stream().anyMatch(state -> state.columns() == null);
  }

  /**
   * How a sink's row is wrong.
   *
   * @param found null if it has none
   * @param range what the sink has applied
   * @param rereads versions by which a resync wrote rows as they were
   * @return null if it is right
   */
  Kind judge(FoundRow found, LogRange range, Set<Version> rereads) {
    List<RowState> allowed = allowed(range);
    if (found == null) {
      return allowed.stream().anyMatch(state -> state.columns() == null) ? null : Kind.MISSING;
    }
    if (found.times() > 1) {
      return Kind.REPEATED;
    }
    if (allowed.stream().allMatch(state -> state.columns() == null)) {
      return Kind.EXTRA;
    }
    return allowed.stream().anyMatch(state -> found.is(state, rereads)) ? null : Kind.DIFFERENT;
  }

  /** Whether a sink that applied nothing beyond what it must have holds a row, and which. */
  long[] least(LogRange range) {
    return allowed(range).get(0).columns();
  }

  /** How many hashes are kept for it. */
  static int cells(RowState state) {
    return 1 + (state.columns() == null ? 0 : state.columns().length);
  }
}
