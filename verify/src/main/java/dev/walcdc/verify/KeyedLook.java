package dev.walcdc.verify;

import dev.walcdc.verify.VerifyReport.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Looks at ranges of a table by its key. */
final class KeyedLook implements ExactLook {

  private final MomentRows moment;
  private final TablePlan plan;
  private final LogSince window;
  private final Checksums ranges;
  private final BitSet looked;
  private final HashTable expected;
  private final BitSet seen;
  private final Map<RowKey, FoundRow> odd = new HashMap<>();
  private final WrongRows wrong = new WrongRows();

  /**
   * Reads the source's rows of the ranges.
   *
   * @param ranges how the table is divided
   * @param looked which of the ranges to look at
   */
  KeyedLook(MomentRows moment, LogSince window, Checksums ranges, BitSet looked) {
    this.moment = moment;
    this.plan = moment.plan();
    this.window = window;
    this.ranges = ranges;
    this.looked = looked;
    this.expected = new HashTable(looked.stream().mapToLong(ranges::rows).sum());
    int columns = plan.columns().size();
    if (!looked.isEmpty()) {
      moment.scan(
          columns,
          row -> {
            long key = row.keyHash(plan.keyColumns());
            if (looked.get(ranges.range(key))) {
              expected.putIfAbsent(key, row.fold(columns));
            }
          });
    }
    this.seen = new BitSet(expected.slots());
  }

  @Override
  public WrongRows wrong() {
    return wrong;
  }

  @Override
  public SinkPassage at(PlacedRows sink) {
    SinkPassage passage = SinkPassage.over(plan, sink, window, this::see);
    judgeTouched(passage);
    passage
        .kept()
        .forEach(
            (key, found) -> {
              if (!window.touched().contains(key)) {
                judgeKept(key, found);
              }
            });
    judgeOdd();
    nameMissing();
    return passage;
  }

  /** A row that is as it was at the moment is only marked; what is not is kept. */
  private void see(CanonicalRow row) {
    long key = row.keyHash(plan.keyColumns());
    if (!looked.get(ranges.range(key))) {
      return;
    }
    int columns = plan.columns().size();
    int slot = expected.find(key);
    if (slot != HashTable.NONE && !seen.get(slot) && expected.valueAt(slot) == row.fold(columns)) {
      seen.set(slot);
    } else if (odd.size() < Comparison.MOST_DOUBTS) {
      odd.merge(
          row.key(plan.keyColumns()),
          new FoundRow(row.columnHashes(columns), null, 1),
          (one, other) -> one.again());
    } else {
      wrong.count(slot == HashTable.NONE ? Kind.EXTRA : Kind.DIFFERENT, 1);
      mark(slot);
    }
  }

  /** Whether a row of this key is there as it was at the moment, whatever others there are. */
  private boolean wasSeen(int slot) {
    return slot != HashTable.NONE && seen.get(slot);
  }

  private void mark(int slot) {
    if (slot != HashTable.NONE) {
      seen.set(slot);
    }
  }

  private void judgeTouched(SinkPassage passage) {
    window
        .touched()
        .all()
        .forEach(
            (key, history) -> {
              FoundRow found = passage.kept().get(key);
              int slot = expected.find(key.hash());
              if (found == null && !passage.wasWatched(key)) {
                if (!looked.get(ranges.range(key.hash()))) {
                  return; // Of a range that agrees: it was passed as it had been.
                }
                found = odd.remove(key);
                if (wasSeen(slot)) {
                  found =
                      found == null ? new FoundRow(history.atSnapshot(), null, 1) : found.again();
                }
              }
              mark(slot);
              Kind kind = history.judge(found, passage.range(), window.touched().rereads());
              if (kind != null) {
                wrong.add(key, kind, found, history.least(passage.range()));
              }
            });
  }

  /** Changed lately, but by a transaction that the moment shows. */
  private void judgeKept(RowKey key, FoundRow found) {
    if (looked.get(ranges.range(key.hash()))) {
      int slot = expected.find(key.hash());
      boolean alike =
          slot != HashTable.NONE
              && !wasSeen(slot)
              && found.times() == 1
              && expected.valueAt(slot) == CanonicalRow.fold(found.columns());
      if (!alike) {
        add(key, found, slot);
      }
      mark(slot);
    }
  }

  private void judgeOdd() {
    odd.forEach(
        (key, found) -> {
          int slot = expected.find(key.hash());
          add(key, found, slot);
          mark(slot);
        });
  }

  private void add(RowKey key, FoundRow found, int slot) {
    Kind kind = Kind.EXTRA;
    if (slot != HashTable.NONE) {
      kind = found.times() > 1 || wasSeen(slot) ? Kind.REPEATED : Kind.DIFFERENT;
    }
    wrong.add(key, kind, found, null);
  }

  /** Of rows that nobody saw only hashes are known so far. */
  private void nameMissing() {
    if (seen.cardinality() == expected.size()) {
      return;
    }
    List<RowKey> missing = new ArrayList<>();
    moment.scan(
        plan.keyColumns(),
        row -> {
          int slot = expected.find(row.keyHash(plan.keyColumns()));
          if (slot != HashTable.NONE && !seen.get(slot)) {
            if (missing.size() < Comparison.MOST_DOUBTS) {
              missing.add(row.key(plan.keyColumns()));
            } else {
              wrong.count(Kind.MISSING, 1);
            }
          }
        });
    missing.forEach(key -> wrong.add(key, Kind.MISSING, null, null));
  }
}
