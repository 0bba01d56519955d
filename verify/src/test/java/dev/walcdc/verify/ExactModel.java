package dev.walcdc.verify;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A random history of one table: transactions in the order of their COMMITs, the log that carries
 * them, a moment of the source that shows some of them, and sinks that have applied parts of the
 * log. Rows have a number, which is the key in a table that has one, and a value.
 */
final class ExactModel {

  /** A record of the log; {@code value} null for a deletion. */
  record Entry(
      int transaction,
      int partition,
      long offset,
      Version version,
      int id,
      String value,
      boolean leavesOut) {}

  /** A row in a sink. */
  record Row(int id, String value, Version version, long copies) {}

  final Random random;
  final TablePlan plan;
  private final int partitions;
  private final int keys;
  private final Map<Integer, String> initial = new TreeMap<>();
  private final List<List<Entry>> log = new ArrayList<>();
  private final Set<Integer> hidden = new HashSet<>();
  private final int shownBefore;
  private final int begun;
  private int end;

  private Map<Integer, Row> atPlace;

  /** Rows as a sink holds them, whatever the log says. */
  final Map<Integer, Row> corrupted = new LinkedHashMap<>();

  /** Rows that a sink has lost. */
  final Set<Integer> lost = new HashSet<>();

  ExactModel(long seed, boolean keyed) {
    random = new Random(seed);
    plan =
        new TablePlan(
            new TableName("app", "t"),
            "ONLY ",
            random.nextInt(3) * 100L,
            keyed ? 1 : 0,
            List.of(column("id", "int4", 1), column("value", "text", 2)));
    partitions = 1 + random.nextInt(2);
    keys = 5 + random.nextInt(60);
    for (int id = 0; id < keys; id++) {
      if (random.nextInt(4) > 0) {
        initial.put(id, "initial " + random.nextInt(3));
      }
    }
    write(keyed);
    // Transactions below one number have ended, a few more have as well, a few of them are not
    // seen.
    shownBefore = random.nextInt(log.size() / 2);
    begun = Math.max(0, shownBefore - random.nextInt(4));
    hide();
    end = Math.min(log.size(), shownBefore + random.nextInt(10));
  }

  private static ComparedColumn column(String name, String type, int number) {
    return new ComparedColumn(new Column(name, PostgresType.of(type), false, number), type);
  }

  private void write(boolean keyed) {
    Map<Integer, String> now = new HashMap<>(initial);
    long[] offsets = new long[partitions];
    int transactions = 20 + random.nextInt(60);
    int made = keys;
    for (int t = 0; t < transactions; t++) {
      List<Entry> entries = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        int id = keyed ? random.nextInt(random.nextInt(5) == 0 ? keys : 5) : made++;
        boolean gone = keyed && now.containsKey(id) && random.nextInt(3) == 0;
        boolean same = keyed && now.containsKey(id) && !gone && random.nextInt(3) == 0;
        String value = gone ? null : same ? now.get(id) : "value " + random.nextInt(4);
        int partition = id % partitions;
        entries.add(
            new Entry(
                t,
                partition,
                offsets[partition]++,
                Version.of(1, 1_000 + t * 10L, 1_001 + t * 10L + entries.size()),
                id,
                value,
                same));
        if (gone) {
          now.remove(id);
        } else {
          now.put(id, value);
        }
      }
      log.add(entries);
    }
  }

  /** A transaction is hidden only as long as nothing that is seen came after it in its rows. */
  private void hide() {
    Set<Integer> later = new HashSet<>();
    for (int t = shownBefore - 1; t >= begun; t--) {
      boolean free = log.get(t).stream().noneMatch(entry -> later.contains(entry.id()));
      if (free && random.nextBoolean()) {
        hidden.add(t);
      } else {
        log.get(t).forEach(entry -> later.add(entry.id()));
      }
    }
  }

  private boolean isShown(Entry entry) {
    return entry.transaction() < shownBefore && !hidden.contains(entry.transaction());
  }

  private List<Entry> entries() {
    return log.stream().flatMap(List::stream).toList();
  }

  /** Where each partition is before a transaction. */
  private SortedMap<Integer, Long> before(int transaction) {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      int number = partition;
      offsets.put(
          partition,
          entries().stream()
              .filter(e -> e.partition() == number && e.transaction() < transaction)
              .count());
    }
    return offsets;
  }

  /** The rows after all entries that one takes, by their number. */
  private Map<Integer, Row> after(java.util.function.Predicate<Entry> applied) {
    Map<Integer, Row> rows = new TreeMap<>();
    initial.forEach((id, value) -> rows.put(id, new Row(id, value, Version.of(1, 0, 0), 1)));
    for (Entry entry : entries()) {
      if (applied.test(entry)) {
        if (entry.value() == null) {
          rows.remove(entry.id());
        } else {
          rows.put(entry.id(), new Row(entry.id(), entry.value(), entry.version(), 1));
        }
      }
    }
    return rows;
  }

  /** The source's rows at the moment. */
  Map<Integer, Row> atMoment() {
    return after(this::isShown);
  }

  MomentRows moment() {
    Map<Integer, Row> rows = atMoment();
    return new MomentRows() {
      @Override
      public TablePlan plan() {
        return plan;
      }

      @Override
      public long scan(int columns, RowVisitor visitor) {
        CanonicalRow canonical = new CanonicalRow(columns);
        rows.values().forEach(row -> visitor.row(fill(canonical, row, columns)));
        return rows.size();
      }

      @Override
      public void find(Collection<RowKey> wanted, RowVisitor visitor) {
        scan(
            2,
            row -> {
              if (wanted.contains(row.key(1))) {
                visitor.row(row);
              }
            });
      }
    };
  }

  private static CanonicalRow fill(CanonicalRow canonical, Row row, int columns) {
    canonical.clear();
    canonical.add(Integer.toString(row.id()));
    if (columns > 1) {
      canonical.add(row.value());
    }
    return canonical;
  }

  LogSince since(MomentRows moment) {
    TouchedRows touched = new TouchedRows();
    SortedMap<Integer, Long> next = before(begun);
    return new LogSince() {
      @Override
      public TouchedRows touched() {
        return touched;
      }

      @Override
      public Map<Integer, Long> ends() {
        grow();
        return before(end);
      }

      @Override
      public Version since() {
        return Version.of(1, 1_000 + shownBefore * 10L, 0);
      }

      @Override
      public void readTo(Map<Integer, Long> offsets) {
        for (Entry entry : entries()) {
          if (entry.offset() >= next.get(entry.partition())
              && entry.offset() < offsets.get(entry.partition())
              && !isShown(entry)) {
            touched.add(identity(entry), state(entry));
          }
        }
        offsets.forEach((partition, offset) -> next.merge(partition, offset, Math::max));
        touched.begin(moment);
      }
    };
  }

  private void grow() {
    end = Math.min(log.size(), end + random.nextInt(5));
  }

  private RowKey identity(Entry entry) {
    CanonicalRow row = new CanonicalRow(3);
    if (plan.hasKey()) {
      row.add(Integer.toString(entry.id()));
      return row.key(1);
    }
    addIdentity(row, entry.version());
    return row.key(3);
  }

  private static void addIdentity(CanonicalRow row, Version version) {
    row.add(Integer.toString(version.epoch()));
    row.add(Long.toString(version.lsn()));
    row.add("0");
  }

  private static RowState state(Entry entry) {
    long[] columns = null;
    if (entry.value() != null) {
      CanonicalRow row = new CanonicalRow(2);
      columns = fill(row, new Row(entry.id(), entry.value(), null, 1), 2).columnHashes();
      if (entry.leavesOut()) {
        columns[1] = RowState.LEFT_OUT;
      }
    }
    return new RowState(entry.partition(), entry.offset(), entry.version(), columns);
  }

  /** A sink that stands at one place of each partition, behind what the moment shows. */
  Supplier<PlacedRows> pinned() {
    SortedMap<Integer, Long> place = before(shownBefore);
    place.replaceAll((p, offset) -> offset + random.nextInt(6));
    before(log.size()).forEach((p, last) -> place.merge(p, last, Math::min));
    Map<Integer, Row> rows = after(entry -> entry.offset() < place.get(entry.partition()));
    atPlace = rows;
    return () -> placed(place, true, corrupt(rows).values());
  }

  /**
   * A sink of which each row stands at a place of its own, not below what it says to have applied.
   */
  Supplier<PlacedRows> loose() {
    return () -> {
      SortedMap<Integer, Long> least = before(shownBefore + random.nextInt(end - shownBefore + 1));
      return new PlacedRows() {
        @Override
        public SortedMap<Integer, Long> applied() {
          return least;
        }

        @Override
        public boolean isPinned() {
          return false;
        }

        @Override
        public long scan(Version since, PlacedVisitor visitor) {
          grow();
          SortedMap<Integer, Long> most = before(end);
          Map<Integer, Long> places = new HashMap<>();
          Map<Integer, Row> rows =
              after(
                  entry -> {
                    long from = least.get(entry.partition());
                    long to = Math.max(from, most.get(entry.partition()));
                    return entry.offset()
                        < places.computeIfAbsent(
                            entry.id(), id -> from + random.nextInt((int) (to - from) + 1));
                  });
          return placed(least, false, corrupt(rows).values()).scan(since, visitor);
        }
      };
    };
  }

  private Map<Integer, Row> corrupt(Map<Integer, Row> rows) {
    Map<Integer, Row> all = new TreeMap<>(rows);
    all.putAll(corrupted);
    all.keySet().removeAll(lost);
    return all;
  }

  private PlacedRows placed(
      SortedMap<Integer, Long> applied, boolean isPinned, Collection<Row> rows) {
    return new PlacedRows() {
      @Override
      public SortedMap<Integer, Long> applied() {
        return applied;
      }

      @Override
      public boolean isPinned() {
        return isPinned;
      }

      @Override
      public long scan(Version since, PlacedVisitor visitor) {
        CanonicalRow canonical = new CanonicalRow(5);
        for (Row row : rows) {
          for (int i = 0; i < row.copies(); i++) {
            fill(canonical, row, 2);
            addIdentity(canonical, row.version());
            boolean told = !isPinned && row.version().compareTo(since) >= 0;
            visitor.row(canonical, told ? row.version() : null);
          }
        }
        return rows.size();
      }
    };
  }

  /** What the last {@link #pinned} sink should hold. */
  Map<Integer, Row> atPlace() {
    return atPlace;
  }

  /** How many rows a table with a key may have. */
  int keys() {
    return keys;
  }
}
