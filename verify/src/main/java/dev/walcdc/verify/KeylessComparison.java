package dev.walcdc.verify;

import dev.walcdc.verify.VerifyReport.Difference;
import dev.walcdc.verify.VerifyReport.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares a table without a key as a multiset: how often each row, known by its hash, is in it.
 * Rows that cannot be looked up are looked at again by another pass, which counts nothing but them:
 * rows that came later are no doubts of this comparison.
 */
final class KeylessComparison implements Comparison<Long> {

  private static final int LONGEST_TEXT = 100;

  private final TablePlan plan;
  private final SourceRows source;
  private final List<SinkRows> sinks;

  KeylessComparison(TablePlan plan, SourceRows source, List<SinkRows> sinks) {
    this.plan = plan;
    this.source = source;
    this.sinks = sinks;
  }

  @Override
  public Pass<Long> pass() {
    HashTable here = new HashTable(plan.expectedRows());
    long[] digest = {0};
    long rows =
        scanSource(
            row -> {
              long hash = row.hash();
              digest[0] += hash;
              here.add(hash, 1);
            });
    List<SinkPass<Long>> passes = new ArrayList<>();
    for (SinkRows sink : sinks) {
      passes.add(pass(sink, here));
    }
    return new Pass<>(rows, digest[0], passes);
  }

  private SinkPass<Long> pass(SinkRows sink, HashTable here) {
    try {
      boolean hasTable = sink.hasTable(plan);
      HashTable there = new HashTable(hasTable ? here.size() : 0);
      long rows = hasTable ? sink.scan(plan, row -> there.add(row.hash(), 1)) : 0;
      Set<Long> doubts = new HashSet<>();
      long agreeing = 0;
      long differing = 0;
      for (int slot = 0; slot < here.slots(); slot++) {
        long hash = here.keyAt(slot);
        if (hash != 0) {
          long expected = here.valueAt(slot);
          long found = there.get(hash);
          agreeing += Math.min(expected, found);
          differing += doubt(doubts, hash, expected - found);
        }
      }
      for (int slot = 0; slot < there.slots(); slot++) {
        long hash = there.keyAt(slot);
        if (hash != 0 && here.find(hash) == HashTable.NONE) {
          differing += doubt(doubts, hash, there.valueAt(slot));
        }
      }
      return new SinkPass<>(sink, hasTable, rows, agreeing, doubts, differing, null, false);
    } catch (SinkFailure e) {
      return SinkPass.failed(sink, e);
    }
  }

  private static long doubt(Set<Long> doubts, long hash, long surplus) {
    if (surplus != 0 && doubts.size() < MOST_DOUBTS) {
      doubts.add(hash);
    }
    return Math.abs(surplus);
  }

  private long scanSource(RowVisitor visitor) {
    return source.scan(plan, plan.columns().size(), visitor);
  }

  private void scanSink(SinkRows sink, RowVisitor visitor) {
    if (sink.hasTable(plan)) {
      sink.scan(plan, visitor);
    }
  }

  @Override
  public Map<Long, Sight> look(SinkRows sink, Set<Long> doubts) {
    HashTable here = new HashTable(doubts.size());
    HashTable there = new HashTable(doubts.size());
    scanSource(counter(doubts, here));
    scanSink(sink, counter(doubts, there));
    Map<Long, Sight> sights = new HashMap<>();
    for (long hash : doubts) {
      long expected = here.get(hash);
      long surplus = there.get(hash) - expected;
      sights.put(hash, new Sight(expected, kind(surplus), Math.abs(surplus)));
    }
    return sights;
  }

  private static Kind kind(long surplus) {
    if (surplus == 0) {
      return null;
    }
    return surplus > 0 ? Kind.EXTRA : Kind.MISSING;
  }

  private static RowVisitor counter(Set<Long> wanted, HashTable counts) {
    wanted.forEach(hash -> counts.add(hash, 0));
    return row -> {
      long hash = row.hash();
      if (counts.find(hash) != HashTable.NONE) {
        counts.add(hash, 1);
      }
    };
  }

  @Override
  public Map<Long, Difference> describe(SinkRows sink, Set<Long> doubts, Set<Long> changing) {
    Map<Long, Sight> sights = look(sink, doubts);
    Map<Long, Map<String, String>> texts = new HashMap<>();
    RowVisitor reader =
        row -> {
          long hash = row.hash();
          if (doubts.contains(hash)) {
            texts.computeIfAbsent(hash, h -> text(row));
          }
        };
    scanSource(reader);
    scanSink(sink, reader);
    Map<Long, Difference> differences = new LinkedHashMap<>();
    sights.forEach(
        (hash, sight) -> {
          if (sight.kind() != null) {
            Map<String, String> text = texts.getOrDefault(hash, Map.of());
            differences.put(
                hash,
                new Difference(
                    sight.kind(), text, List.of(), sight.times(), changing.contains(hash)));
          }
        });
    return differences;
  }

  private Map<String, String> text(CanonicalRow row) {
    Map<String, String> text = new LinkedHashMap<>();
    for (int i = 0; i < row.columns(); i++) {
      text.put(plan.columns().get(i).name(), row.text(i, LONGEST_TEXT));
    }
    return text;
  }
}
