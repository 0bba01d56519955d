package dev.walcdc.verify;

import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares a table by its key. A pass keeps a hash of the key and a hash of the row for each of the
 * source's rows, and one bit for each sink. Hashes only raise doubts or lay them to rest: what is
 * reported was compared by its key itself.
 */
final class KeyedComparison implements Comparison<RowKey> {

  private static final int LONGEST_KEY_TEXT = 200;

  private final TablePlan plan;
  private final SourceRows source;
  private final List<SinkRows> sinks;

  KeyedComparison(TablePlan plan, SourceRows source, List<SinkRows> sinks) {
    this.plan = plan;
    this.source = source;
    this.sinks = sinks;
  }

  @Override
  public Pass<RowKey> pass() {
    SourcePass expected = new SourcePass();
    long rows = source.scan(plan, plan.columns().size(), expected::see);
    List<SinkSide> sides = new ArrayList<>();
    for (SinkRows sink : sinks) {
      sides.add(new SinkSide(sink, expected).read());
    }
    nameMissing(expected, sides);
    return new Pass<>(rows, expected.digest, sides.stream().map(SinkSide::result).toList());
  }

  /** The source's rows by the hash of their key. */
  private final class SourcePass {
    final HashTable rows = new HashTable(plan.expectedRows());
    final Set<Long> collisions = new HashSet<>();
    long digest;

    void see(CanonicalRow row) {
      long key = row.keyHash(plan.keyColumns());
      long hash = row.hash();
      digest += hash;
      if (!rows.putIfAbsent(key, hash)) {
        collisions.add(key);
      }
    }
  }

  /** One sink beside the source's rows. */
  private final class SinkSide {
    private final SinkRows sink;
    private final SourcePass expected;
    private final BitSet seen;
    private final Set<RowKey> doubts = new HashSet<>();
    private boolean hasTable;
    private long rows;
    private long alike;
    private long different;
    private long missing;
    private SinkPass<RowKey> failure;

    SinkSide(SinkRows sink, SourcePass expected) {
      this.sink = sink;
      this.expected = expected;
      this.seen = new BitSet(expected.rows.slots());
    }

    SinkSide read() {
      try {
        hasTable = sink.hasTable(plan);
        rows = hasTable ? sink.scan(plan, this::see) : 0;
        missing = expected.rows.size() - seen.cardinality();
      } catch (SinkFailure e) {
        failure = SinkPass.failed(sink, e);
      }
      return this;
    }

    private void see(CanonicalRow row) {
      int slot = expected.rows.find(row.keyHash(plan.keyColumns()));
      boolean isAlike =
          slot != HashTable.NONE && !seen.get(slot) && expected.rows.valueAt(slot) == row.hash();
      if (slot != HashTable.NONE) {
        seen.set(slot);
      }
      if (isAlike) {
        alike++;
      } else {
        different++;
        doubt(row, MOST_DOUBTS);
      }
    }

    void doubt(CanonicalRow row, int most) {
      if (doubts.size() < most) {
        doubts.add(row.key(plan.keyColumns()));
      }
    }

    boolean lacks(int slot) {
      return failure == null && !seen.get(slot);
    }

    long differing() {
      return different + missing;
    }

    SinkPass<RowKey> result() {
      return failure != null
          ? failure
          : new SinkPass<>(sink, hasTable, rows, alike, doubts, differing(), null, false);
    }
  }

  /** Of rows that a sink lacks only hashes are known so far: a pass over the keys finds them. */
  private void nameMissing(SourcePass expected, List<SinkSide> sides) {
    boolean nothing = sides.stream().allMatch(side -> side.missing == 0);
    if (nothing && expected.collisions.isEmpty()) {
      return;
    }
    source.scan(
        plan,
        plan.keyColumns(),
        row -> {
          long key = row.keyHash(plan.keyColumns());
          int slot = expected.rows.find(key);
          boolean collides = expected.collisions.contains(key);
          if (slot != HashTable.NONE) {
            for (SinkSide side : sides) {
              if (collides || side.lacks(slot)) {
                // With too many there will be no look at each of them, but another pass.
                side.doubt(row, side.differing() > MOST_DOUBTS ? MOST_REPORTED : MOST_DOUBTS);
              }
            }
          }
        });
  }

  /** A row as one system has it, and how often. */
  private record Found(long hash, long[] columns, int times) {}

  @Override
  public Map<RowKey, Sight> look(SinkRows sink, Set<RowKey> doubts) {
    Map<RowKey, Found> here = findInSource(doubts, false);
    Map<RowKey, Found> there = findInSink(sink, doubts, false);
    Map<RowKey, Sight> sights = new HashMap<>();
    for (RowKey key : doubts) {
      Found row = here.get(key);
      sights.put(key, new Sight(row == null ? 0 : row.hash(), kind(row, there.get(key)), 1));
    }
    return sights;
  }

  private static Kind kind(Found source, Found sink) {
    if (sink == null) {
      return source == null ? null : Kind.MISSING;
    }
    if (source == null) {
      return Kind.EXTRA;
    }
    if (sink.times() > 1) {
      return Kind.REPEATED;
    }
    return source.hash() == sink.hash() ? null : Kind.DIFFERENT;
  }

  private Map<RowKey, Found> findInSource(Set<RowKey> keys, boolean columns) {
    Map<RowKey, Found> found = new HashMap<>();
    source.find(plan, keys, collector(keys, columns, found));
    return found;
  }

  private Map<RowKey, Found> findInSink(SinkRows sink, Set<RowKey> keys, boolean columns) {
    Map<RowKey, Found> found = new HashMap<>();
    if (sink.hasTable(plan)) {
      sink.find(plan, keys, collector(keys, columns, found));
    }
    return found;
  }

  private RowVisitor collector(Set<RowKey> keys, boolean columns, Map<RowKey, Found> found) {
    HashTable wanted = new HashTable(keys.size());
    keys.forEach(key -> wanted.putIfAbsent(key.hash(), 1));
    return row -> {
      if (wanted.find(row.keyHash(plan.keyColumns())) == HashTable.NONE) {
        return;
      }
      RowKey key = row.key(plan.keyColumns());
      if (keys.contains(key)) {
        Found one = new Found(row.hash(), columns ? row.columnHashes() : null, 1);
        found.merge(key, one, (a, b) -> new Found(a.hash(), a.columns(), a.times() + 1));
      }
    };
  }

  @Override
  public Map<RowKey, Difference> describe(SinkRows sink, Set<RowKey> doubts, Set<RowKey> changing) {
    Map<RowKey, Found> here = findInSource(doubts, true);
    Map<RowKey, Found> there = findInSink(sink, doubts, true);
    Map<RowKey, Difference> differences = new LinkedHashMap<>();
    for (RowKey key : doubts) {
      Kind kind = kind(here.get(key), there.get(key));
      if (kind != null) {
        List<String> columns =
            kind == Kind.DIFFERENT ? differing(here.get(key), there.get(key)) : List.of();
        differences.put(key, new Difference(kind, text(key), columns, 1, changing.contains(key)));
      }
    }
    return differences;
  }

  private List<String> differing(Found source, Found sink) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < plan.columns().size(); i++) {
      if (source.columns()[i] != sink.columns()[i]) {
        names.add(plan.columns().get(i).name());
      }
    }
    return names;
  }

  private Map<String, String> text(RowKey key) {
    Map<String, String> text = new LinkedHashMap<>();
    String[] values = key.values(plan.keyColumns());
    for (int i = 0; i < values.length; i++) {
      String value = values[i];
      text.put(
          plan.columns().get(i).name(),
          value == null || value.length() <= LONGEST_KEY_TEXT
              ? value
              : value.substring(0, LONGEST_KEY_TEXT) + "...");
    }
    return text;
  }
}
