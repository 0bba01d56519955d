package dev.walcdc.verify;

import dev.walcdc.verify.VerifyReport.Kind;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is wrong with rows of a sink: all are counted, the first many are known by name. */
final class WrongRows {

  /**
   * One row.
   *
   * @param found as the sink has it; null if it has none, or it is known by its values alone
   * @param expected a hash for each value that it should have; null where that is not known, or it
   *     should not be there
   * @param times how many such rows
   */
  record Wrong(Kind kind, FoundRow found, long[] expected, long times) {

    /** Whether its key is all of its values, for it has no identity. */
    boolean isByValues() {
      return found == null && expected == null;
    }
  }

  private final Map<RowKey, Wrong> byKey = new LinkedHashMap<>();
  private long count;
  private long extra;
  private int rangesLeft;

  /**
   * Adds a row.
   *
   * @param key its identity
   * @param found as the sink has it; null if it has none
   * @param expected a hash for each value that it should have; null where that is not known, or it
   *     should not be there
   */
  void add(RowKey key, Kind kind, FoundRow found, long[] expected) {
    add(key, new Wrong(kind, found, expected, 1));
  }

  void add(RowKey key, Wrong wrong) {
    count(wrong.kind(), wrong.times());
    if (byKey.size() < Comparison.MOST_DOUBTS) {
      byKey.put(key, wrong);
    }
  }

  /** Counts rows without their names. */
  void count(Kind kind, long rows) {
    count += rows;
    extra += kind == Kind.EXTRA ? rows : 0;
  }

  /** So many ranges differ that were not looked at row by row. */
  void notLookedAt(int ranges) {
    rangesLeft = ranges;
  }

  int rangesLeft() {
    return rangesLeft;
  }

  boolean isEmpty() {
    return count == 0 && rangesLeft == 0;
  }

  long count() {
    return count;
  }

  /** Those of them that the source does not have. */
  long extra() {
    return extra;
  }

  /** The first of them. */
  Map<RowKey, Wrong> byKey() {
    return byKey;
  }

  /** Whether all of them are in {@link #byKey()}. */
  boolean areAllKnown() {
    return rangesLeft == 0 && byKey.values().stream().mapToLong(Wrong::times).sum() == count;
  }
}
