package dev.walcdc.verify;

import dev.walcdc.verify.Comparison.Pass;
import dev.walcdc.verify.Comparison.Sight;
import dev.walcdc.verify.Comparison.SinkPass;
import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares one table until everything agrees or patience is over: a pass over all rows, then looks
 * at what differed. A sink that comes nearer to the source is waited for. Whatever agreed once is
 * settled, so that a load that goes on meanwhile does not keep the comparison from its end.
 *
 * @param <K> what rows are told apart by
 */
final class Settling<K> {

  private final TablePlan plan;
  private final Comparison<K> comparison;
  private final Patience patience;
  private long start;

  Settling(TablePlan plan, Comparison<K> comparison, Patience patience) {
    this.plan = plan;
    this.comparison = comparison;
    this.patience = patience;
  }

  /** When the source last changed a row, as far as looks saw it. */
  private static final class Doubt {
    private long source;
    private long since;
    private Kind kind;
    private long times;
    private boolean seen;

    private Doubt(long since) {
      this.since = since;
    }

    private void update(Sight sight, long now) {
      if (seen && source != sight.source()) {
        since = now;
      }
      seen = true;
      source = sight.source();
      kind = sight.kind();
      times = sight.times();
    }
  }

  /** What is left of one sink's doubts. */
  private static final class SinkState<K> {
    private final SinkPass<K> pass;
    private final Map<K, Doubt> doubts = new HashMap<>();
    private final boolean hadDoubts;
    private boolean hasTable;
    private long rows;
    private String problem;

    /** Whether its columns stopped to be those of the source after the pass. */
    private boolean fellBehind;

    /** How near the sink came to the source, and when. */
    private long fewest;

    private long nearestSince;

    private SinkState(SinkPass<K> pass, long now) {
      this.pass = pass;
      this.problem = pass.problem();
      this.hasTable = pass.hasTable();
      this.rows = pass.rows();
      this.fewest = pass.differing();
      this.nearestSince = now;
      this.hadDoubts = !pass.doubts().isEmpty();
      pass.doubts().forEach(key -> doubts.put(key, new Doubt(now)));
    }

    private void noteProgress(long now) {
      long differing = doubts.values().stream().mapToLong(doubt -> doubt.times).sum();
      if (differing < fewest) {
        fewest = differing;
        nearestSince = now;
      }
    }

    /** What the pass counted is of before the rows settled. */
    private void countAgain(TablePlan plan) {
      try {
        hasTable = pass.sink().hasTable(plan);
        rows = pass.sink().count(plan);
      } catch (SinkFailure e) {
        fail(e);
      }
    }

    private void fail(SinkFailure e) {
      problem = SinkPass.failed(pass.sink(), e).problem();
      fellBehind = e.isBehind();
      doubts.clear();
    }
  }

  VerifyReport.Table run() {
    long began = System.nanoTime();
    Pass<K> pass = comparison.pass();
    start = System.nanoTime();
    pass = passUntilComparable(pass);
    List<SinkState<K>> states = lookUntilSettled(pass);
    while (states.stream().anyMatch(state -> state.fellBehind)
        && System.nanoTime() - start < patience.atMost().toNanos()) {
      pass = passUntilComparable(comparison.pass());
      states = lookUntilSettled(pass);
    }
    return report(pass, states, began);
  }

  private VerifyReport.Table report(Pass<K> pass, List<SinkState<K>> states, long began) {
    List<VerifyReport.Sink> sinks = states.stream().map(state -> report(pass, state)).toList();
    return new VerifyReport.Table(
        plan.table().toString(),
        pass.rows(),
        plan.key().stream().map(ComparedColumn::name).toList(),
        sinks,
        (System.nanoTime() - began) / 1e9);
  }

  /**
   * A sink that lags by more rows than can be remembered, or has yet to follow the table's columns,
   * gets the whole patience to come nearer.
   */
  private Pass<K> passUntilComparable(Pass<K> first) {
    Pass<K> pass = first;
    long waitingSince = System.nanoTime();
    long fewest = differing(pass);
    Pause pause = new Pause(patience);
    while (pass.sinks().stream().anyMatch(sink -> isTooMuch(sink) || sink.behind())
        && !isOver(waitingSince, System.nanoTime())) {
      pause.take(left(waitingSince, System.nanoTime()));
      Pass<K> next = comparison.pass();
      if (next.digest() != pass.digest() || differing(next) < fewest) {
        waitingSince = System.nanoTime();
        fewest = Math.min(fewest, differing(next));
      }
      pass = next;
    }
    return pass;
  }

  private static long differing(Pass<?> pass) {
    return pass.sinks().stream().mapToLong(SinkPass::differing).sum();
  }

  private static boolean isTooMuch(SinkPass<?> pass) {
    return pass.differing() > Comparison.MOST_DOUBTS;
  }

  private List<SinkState<K>> lookUntilSettled(Pass<K> pass) {
    long now = System.nanoTime();
    List<SinkState<K>> states =
        pass.sinks().stream().map(sink -> new SinkState<>(sink, now)).toList();
    lookUntilSettled(states);
    return states;
  }

  private void lookUntilSettled(List<SinkState<K>> states) {
    Pause pause = new Pause(patience);
    while (true) {
      boolean waits = false;
      long earliest = Long.MAX_VALUE;
      for (SinkState<K> state : states) {
        if (isTooMuch(state.pass) || state.doubts.isEmpty()) {
          continue;
        }
        look(state);
        long now = System.nanoTime();
        for (Doubt doubt : state.doubts.values()) {
          long since = Math.max(doubt.since, state.nearestSince);
          if (!isOver(since, now)) {
            waits = true;
            earliest = Math.min(earliest, left(since, now).toNanos());
          }
        }
      }
      if (!waits) {
        return;
      }
      pause.take(Duration.ofNanos(earliest));
    }
  }

  private void look(SinkState<K> state) {
    Map<K, Sight> sights;
    try {
      sights = comparison.look(state.pass.sink(), state.doubts.keySet());
    } catch (SinkFailure e) {
      state.fail(e);
      return;
    }
    long now = System.nanoTime();
    Iterator<Map.Entry<K, Doubt>> doubts = state.doubts.entrySet().iterator();
    while (doubts.hasNext()) {
      Map.Entry<K, Doubt> entry = doubts.next();
      Sight sight = sights.get(entry.getKey());
      if (sight.kind() == null) {
        doubts.remove();
      } else {
        entry.getValue().update(sight, now);
      }
    }
    state.noteProgress(now);
  }

  private boolean isOver(long since, long now) {
    return left(since, now).isNegative() || left(since, now).isZero();
  }

  private Duration left(long since, long now) {
    Duration toSettle = patience.settle().minusNanos(now - since);
    Duration toEnd = patience.atMost().minusNanos(now - start);
    return toSettle.compareTo(toEnd) < 0 ? toSettle : toEnd;
  }

  private VerifyReport.Sink report(Pass<K> pass, SinkState<K> state) {
    List<Difference> differences = describe(state);
    if (state.problem == null && state.hadDoubts && !isTooMuch(state.pass)) {
      state.countAgain(plan);
    }
    if (state.problem != null) {
      return sink(state, 0, 0, List.of());
    }
    if (isTooMuch(state.pass)) {
      return sink(state, state.pass.agreeing(), state.pass.differing(), differences);
    }
    long differing = 0;
    long notAgreeing = 0;
    for (Doubt doubt : state.doubts.values()) {
      differing += doubt.times;
      notAgreeing += doubt.kind == Kind.EXTRA ? 0 : doubt.times;
    }
    return sink(state, Math.max(0, pass.rows() - notAgreeing), differing, differences);
  }

  /** The first few doubts in words. Those that settled at the last moment are laid to rest. */
  private List<Difference> describe(SinkState<K> state) {
    Set<K> first = new LinkedHashSet<>();
    Set<K> changing = new HashSet<>();
    long now = System.nanoTime();
    for (Map.Entry<K, Doubt> entry : state.doubts.entrySet()) {
      if (first.size() == Comparison.MOST_REPORTED) {
        break;
      }
      first.add(entry.getKey());
      if (now - entry.getValue().since < patience.settle().toNanos()) {
        changing.add(entry.getKey());
      }
    }
    if (first.isEmpty()) {
      return List.of();
    }
    try {
      Map<K, Difference> differences = comparison.describe(state.pass.sink(), first, changing);
      first.removeAll(differences.keySet());
      state.doubts.keySet().removeAll(first);
      return List.copyOf(differences.values());
    } catch (SinkFailure e) {
      state.fail(e);
      return List.of();
    }
  }

  private VerifyReport.Sink sink(
      SinkState<K> state, long agreeing, long differing, List<Difference> differences) {
    SinkPass<K> pass = state.pass;
    String remark = null;
    if (state.problem == null && !state.hasTable) {
      String table = pass.sink().tableName(plan);
      remark =
          differing == 0
              ? "%s does not exist, as is right for a table that never had a row".formatted(table)
              : "%s does not exist: check that the sink runs and follows this table"
                  .formatted(table);
    }
    return new VerifyReport.Sink(
        pass.sink().name(), state.rows, agreeing, differing, differences, remark, state.problem);
  }
}
