package dev.walcdc.verify;

import dev.walcdc.verify.VerifyReport.Kind;
import dev.walcdc.verify.WrongRows.Wrong;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Looks at ranges of a table without a key: of the rows from before the moment counts how often
 * each is there; those that were made since are known by their place in the WAL.
 */
final class KeylessLook implements ExactLook {

  private final MomentRows moment;
  private final TablePlan plan;
  private final LogSince window;
  private final Checksums ranges;
  private final BitSet looked;
  private final HashTable here;
  private final HashTable there;
  private final WrongRows wrong = new WrongRows();

  /**
   * Reads the source's rows of the ranges.
   *
   * @param ranges how the table is divided
   * @param looked which of the ranges to look at
   */
  KeylessLook(MomentRows moment, LogSince window, Checksums ranges, BitSet looked) {
    this.moment = moment;
    this.plan = moment.plan();
    this.window = window;
    this.ranges = ranges;
    this.looked = looked;
    long rows = looked.stream().mapToLong(ranges::rows).sum();
    this.here = new HashTable(rows);
    this.there = new HashTable(rows);
    if (!looked.isEmpty()) {
      moment.scan(plan.columns().size(), row -> count(here, row.fold(plan.columns().size())));
    }
  }

  private void count(HashTable counts, long row) {
    if (looked.get(ranges.range(row))) {
      counts.add(row, 1);
    }
  }

  @Override
  public WrongRows wrong() {
    return wrong;
  }

  @Override
  public SinkPassage at(PlacedRows sink) {
    SinkPassage passage =
        SinkPassage.over(plan, sink, window, row -> count(there, row.fold(plan.columns().size())));
    judgeTouched(passage);
    Set<Long> hashes = new HashSet<>();
    compareCounts(hashes);
    name(hashes, sink);
    return passage;
  }

  private void judgeTouched(SinkPassage passage) {
    Map<RowKey, FoundRow> kept = new HashMap<>(passage.kept());
    window
        .touched()
        .all()
        .forEach(
            (key, history) -> {
              FoundRow found = kept.remove(key);
              Kind kind = history.judge(found, passage.range(), window.touched().rereads());
              if (kind != null) {
                wrong.add(key, kind, found, history.least(passage.range()));
              }
            });
    kept.values()
        .forEach(
            found -> {
              for (int i = 0; i < found.times(); i++) {
                count(there, CanonicalRow.fold(found.columns()));
              }
            });
  }

  private void compareCounts(Set<Long> hashes) {
    for (int slot = 0; slot < here.slots(); slot++) {
      if (here.keyAt(slot) != 0) {
        compare(here.keyAt(slot), hashes);
      }
    }
    for (int slot = 0; slot < there.slots(); slot++) {
      if (there.keyAt(slot) != 0 && here.find(there.keyAt(slot)) == HashTable.NONE) {
        compare(there.keyAt(slot), hashes);
      }
    }
  }

  private void compare(long row, Set<Long> hashes) {
    long surplus = there.get(row) - here.get(row);
    if (surplus == 0) {
      return;
    }
    if (hashes.size() < Comparison.MOST_REPORTED) {
      hashes.add(row);
    } else {
      wrong.count(kind(surplus), Math.abs(surplus));
    }
  }

  private static Kind kind(long surplus) {
    return surplus > 0 ? Kind.EXTRA : Kind.MISSING;
  }

  /** Only hashes are known so far: another passage finds the values. */
  private void name(Set<Long> hashes, PlacedRows sink) {
    int columns = plan.columns().size();
    RowVisitor visitor =
        row -> {
          long hash = row.fold(columns);
          if (hashes.remove(hash)) {
            long surplus = there.get(hash) - here.get(hash);
            wrong.add(row.key(columns), new Wrong(kind(surplus), null, null, Math.abs(surplus)));
          }
        };
    if (!hashes.isEmpty()) {
      moment.scan(columns, visitor);
    }
    if (!hashes.isEmpty()) {
      sink.scan(window.since(), (row, version) -> visitor.row(row));
    }
    // Of rows that a sink has lost again meanwhile.
    hashes.forEach(hash -> wrong.count(kind(there.get(hash)), Math.abs(there.get(hash))));
  }
}
