package dev.walcdc.verify;

import dev.walcdc.verify.VerifyReport.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Compares one table as it was at a moment of the source, with the changes that followed laid over
 * it, with sinks at a known place of the log. First by checksums of ranges; of the ranges that
 * differ row by row.
 *
 * <p>A row that did not change since the moment must be in the sink as the moment shows it. A row
 * that did must be what one of the log's records made of it, of those that the sink may have
 * applied last.
 *
 * <p>Memory: 24 MB of checksums at most, what {@link TouchedRows} and {@link SinkPassage} keep, and
 * about 23 bytes for each row of the ranges that differ, up to {@link #MOST_ROWS} rows. For one
 * thread.
 */
final class ExactComparison {

  /** Rows of differing ranges that are looked at one by one. */
  static final long MOST_ROWS = 4_000_000;

  private final MomentRows moment;
  private final TablePlan plan;
  private final LogSince window;
  private final Checksums here;
  private final long rows;

  /** Reads the source's rows. */
  ExactComparison(MomentRows moment, LogSince window) {
    this.moment = moment;
    this.plan = moment.plan();
    this.window = window;
    this.here = Checksums.expecting(plan.expectedRows());
    int columns = plan.columns().size();
    this.rows = moment.scan(columns, row -> here.add(identity(plan, row), row.fold(columns)));
  }

  /** Rows of the source at the moment. */
  long rows() {
    return rows;
  }

  /**
   * What was found in one sink.
   *
   * @param range what of the log it had applied
   * @param rows its rows
   * @param ranges into how many ranges the table was divided
   * @param differing ranges whose checksums differed
   * @param wrong what is wrong
   */
  record Outcome(LogRange range, long rows, int ranges, int differing, WrongRows wrong) {}

  /** What ranges go by: the key, and where there is none the row as a whole. */
  static long identity(TablePlan plan, CanonicalRow row) {
    return plan.hasKey() ? row.keyHash(plan.keyColumns()) : row.fold(plan.columns().size());
  }

  /**
   * Compares one sink.
   *
   * @param sink gives its rows as they are at the call, behind where capture was after the moment
   */
  Outcome compare(Supplier<PlacedRows> sink) {
    PlacedRows placed = sink.get();
    Checksums there = here.empty();
    int columns = plan.columns().size();
    SinkPassage passage =
        SinkPassage.over(
            plan, placed, window, row -> there.add(identity(plan, row), row.fold(columns)));
    WrongRows wrong = new WrongRows();
    BitSet differing = differing(passage, there, wrong);
    if (differing.isEmpty() && wrong.isEmpty()) {
      return outcome(passage, differing, wrong);
    }
    PlacedRows again = placed.isPinned() ? placed : sink.get();
    BitSet looked = few(differing);
    ExactLook look =
        plan.hasKey()
            ? new KeyedLook(moment, window, here, looked)
            : new KeylessLook(moment, window, here, looked);
    SinkPassage second = look.at(again);
    WrongRows found = look.wrong();
    found.notLookedAt(differing.cardinality() - looked.cardinality());
    return outcome(second, differing, found);
  }

  private Outcome outcome(SinkPassage passage, BitSet differing, WrongRows wrong) {
    return new Outcome(
        passage.range(), passage.rows(), here.ranges(), differing.cardinality(), wrong);
  }

  /** The ranges whose sums differ from what they must be. */
  private BitSet differing(SinkPassage passage, Checksums there, WrongRows wrong) {
    Checksums expected = here.copy();
    Map<RowKey, FoundRow> kept = new HashMap<>(passage.kept());
    Map<Integer, List<RowHistory>> unclear = new HashMap<>();
    Map<RowHistory, RowKey> keys = new HashMap<>();
    window
        .touched()
        .all()
        .forEach(
            (key, history) -> {
              FoundRow found = kept.remove(key);
              if (found == null && !passage.wasWatched(key)) {
                // It changed during the passage, and was passed before, or is gone.
                if (history.atSnapshot() != null && history.mayBeGone(passage.range())) {
                  keys.put(history, key);
                  unclear
                      .computeIfAbsent(here.range(key.hash()), r -> new ArrayList<>())
                      .add(history);
                }
                return;
              }
              if (history.atSnapshot() != null) {
                expected.remove(key.hash(), CanonicalRow.fold(history.atSnapshot()));
              }
              Kind kind = history.judge(found, passage.range(), window.touched().rereads());
              if (kind != null) {
                wrong.add(key, kind, found, history.least(passage.range()));
              }
            });
    kept.forEach(
        (key, found) -> {
          long row = CanonicalRow.fold(found.columns());
          for (int i = 0; i < found.times(); i++) {
            there.add(plan.hasKey() ? key.hash() : row, row);
          }
        });
    BitSet differing = expected.differing(there);
    unclear.forEach(
        (range, histories) -> {
          if (differing.get(range)) {
            histories.forEach(
                history ->
                    expected.remove(
                        keys.get(history).hash(), CanonicalRow.fold(history.atSnapshot())));
            differing.set(range, !expected.isAlike(there, range));
          }
        });
    return differing;
  }

  /** The first ranges, with as many rows as can be looked at. */
  private BitSet few(BitSet differing) {
    BitSet few = new BitSet();
    long rowsOfFew = 0;
    for (int range = differing.nextSetBit(0); range >= 0; range = differing.nextSetBit(range + 1)) {
      rowsOfFew += here.rows(range);
      if (rowsOfFew > MOST_ROWS && !few.isEmpty()) {
        return few;
      }
      few.set(range);
    }
    return few;
  }
}
