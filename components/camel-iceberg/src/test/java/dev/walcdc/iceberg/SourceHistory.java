package dev.walcdc.iceberg;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.dedup.ChangeDeduplicator;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A random history of a source table and the log that a capture writes of it: a snapshot,
 * concurrent transactions, TRUNCATE, a new epoch (with changes that nobody watched, a snapshot that
 * did not finish, and a fence), and resyncs, and stretches of the WAL that come twice.
 */
final class SourceHistory {

  /** A record on the log: a change, or an erasure. */
  private record Entry(int epoch, RowChange change, Erasure erasure) {}

  private final Random random;
  private final boolean keyed;
  private final int partitions;
  private final List<List<Entry>> log = new ArrayList<>();
  private final Map<Long, String> table = new TreeMap<>();
  private final List<String> rowsWithoutKey = new ArrayList<>();
  private final ChangeDeduplicator deduplicator = new ChangeDeduplicator();
  private int epoch;
  private long wal = 100;
  private long lastCommit = 100;
  private int values;

  SourceHistory(long seed, boolean keyed, int partitions) {
    this.random = new Random(seed);
    this.keyed = keyed;
    this.partitions = partitions;
    for (int i = 0; i < partitions; i++) {
      log.add(new ArrayList<>());
    }
    for (int id = 0; id < 10; id++) {
      write(id);
    }
    startEpoch(false);
    stream(8);
    if (random.nextBoolean()) {
      for (int i = random.nextInt(5); i > 0; i--) {
        unwatched();
      }
      if (random.nextBoolean()) {
        startEpoch(true);
      }
      startEpoch(false);
      stream(8);
    }
  }

  TableSchema schema(int ofEpoch) {
    return keyed
        ? Changes.users(ofEpoch, 1)
        : new TableSchema("app", "events", Changes.events().columns(), List.of(), ofEpoch, 1);
  }

  String topic() {
    return "dbserver1." + schema(1).qualifiedName();
  }

  /** The rows that the table must have in the end. */
  List<String> rows() {
    List<String> rows = new ArrayList<>(rowsWithoutKey);
    if (keyed) {
      table.forEach((id, name) -> rows.add("{id=" + id + ", name=" + name + "}"));
    }
    rows.sort(null);
    return rows;
  }

  boolean isAtEnd(Map<Integer, Long> offsets) {
    for (int p = 0; p < partitions; p++) {
      if (offsets.getOrDefault(p, 0L) < log.get(p).size()) {
        return false;
      }
    }
    return true;
  }

  /** A batch that starts at these offsets, as the steps before the sink make it. */
  ChangeBatch next(Map<Integer, Long> offsets, Random cuts) {
    List<Integer> open = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      if (offsets.getOrDefault(p, 0L) < log.get(p).size()) {
        open.add(p);
      }
    }
    int ofEpoch = entry(open.get(cuts.nextInt(open.size())), offsets).epoch();
    List<RowChange> changes = new ArrayList<>();
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    List<Erasure> erasures = new ArrayList<>();
    for (int p : open) {
      long from = offsets.getOrDefault(p, 0L);
      long to = from;
      long end = Math.min(log.get(p).size(), from + 1 + cuts.nextInt(40));
      ChangePoint last = null;
      while (to < end && log.get(p).get((int) to).epoch() == ofEpoch) {
        Entry entry = log.get(p).get((int) to++);
        if (entry.erasure() != null) {
          erasures.add(entry.erasure());
        } else {
          changes.add(entry.change());
          ChangePoint point = entry.change().point();
          last = last == null || last.compareTo(point) < 0 ? point : last;
        }
      }
      if (to > from) {
        progress.put(p, new PartitionProgress(to, to - from, last, 0));
      }
    }
    for (Erasure erasure : erasures) {
      changes.removeIf(erasure.over(schema(ofEpoch))::covers);
    }
    return deduplicator.deduplicate(
        new ChangeBatch(topic(), schema(ofEpoch), erasures, changes, progress));
  }

  private Entry entry(int partition, Map<Integer, Long> offsets) {
    return log.get(partition).get((int) (long) offsets.getOrDefault(partition, 0L));
  }

  private void write(long id) {
    if (keyed) {
      table.put(id, "v" + values++);
    } else {
      rowsWithoutKey.add("{at=" + id + ", text=v" + values++ % 3 + "}");
    }
  }

  /** Between two epochs nobody listens. */
  private void unwatched() {
    long id = random.nextInt(20);
    if (keyed && random.nextBoolean()) {
      table.remove(id);
    } else {
      write(id);
    }
    wal += 10;
    lastCommit = wal;
  }

  private void startEpoch(boolean fails) {
    epoch++;
    long ordinal = 0;
    List<Object[]> rows = new ArrayList<>();
    if (keyed) {
      table.forEach((id, name) -> rows.add(new Object[] {id, name}));
    } else {
      rowsWithoutKey.forEach(row -> rows.add(parse(row)));
    }
    int read = fails ? random.nextInt(rows.size() + 1) : rows.size();
    for (Object[] row : rows.subList(0, read)) {
      append(row, new ChangePoint(Operation.READ, Version.ofSnapshot(epoch), ordinal++));
    }
    if (!fails) {
      erase(Erasure.below(Version.ofSnapshot(epoch)));
    }
  }

  private static Object[] parse(String row) {
    String[] parts = row.substring(1, row.length() - 1).split("=|, ", -1);
    return new Object[] {Long.parseLong(parts[1]), parts[3]};
  }

  private void erase(Erasure erasure) {
    log.forEach(partition -> partition.add(new Entry(epoch, null, erasure)));
  }

  private void append(Object[] row, ChangePoint point) {
    int partition = (int) (keyed ? (Long) row[0] % partitions : random.nextInt(partitions));
    log.get(partition).add(new Entry(epoch, RowChange.of(point, row, partition, 0, 0), null));
  }

  private void stream(int groups) {
    List<Runnable> written = new ArrayList<>();
    for (int i = 0; i < groups; i++) {
      if (random.nextInt(8) == 0) {
        truncate(written);
      } else if (random.nextInt(5) == 0) {
        readAgain();
        written.clear(); // Capture does not go back behind what it has read and fenced.
      } else {
        twoTransactions(written);
      }
      if (!written.isEmpty() && random.nextInt(4) == 0) {
        // The capture starts again and reads a stretch of the WAL once more.
        int from = Math.max(0, written.size() - 1 - random.nextInt(written.size()));
        List.copyOf(written.subList(from, written.size())).forEach(Runnable::run);
      }
    }
  }

  /** A resync: of a part of the keys, or of all rows where there is no key. */
  private void readAgain() {
    Version start = mark();
    long from = keyed ? random.nextInt(20) : 0;
    long ordinal = 0;
    if (keyed) {
      Version chunk = mark();
      for (Map.Entry<Long, String> row : table.entrySet()) {
        if (row.getKey() >= from) {
          append(
              new Object[] {row.getKey(), row.getValue()},
              new ChangePoint(Operation.READ, chunk, 0));
        }
      }
      erase(new Erasure(start, KeyCondition.parse("id >= " + from)));
    } else {
      for (String row : rowsWithoutKey) {
        append(parse(row), new ChangePoint(Operation.READ, start, ordinal++));
      }
      erase(Erasure.below(start));
    }
  }

  private Version mark() {
    Version mark = Version.of(epoch, lastCommit, ++wal);
    lastCommit = ++wal;
    return mark;
  }

  private void truncate(List<Runnable> written) {
    wal += 10;
    Version version = Version.of(epoch, lastCommit, wal);
    lastCommit = wal + 1;
    table.clear();
    rowsWithoutKey.clear();
    Erasure all = Erasure.below(version);
    written.add(() -> erase(all));
    erase(all);
  }

  /** Two transactions at a time on different keys: the one that starts later commits first. */
  private void twoTransactions(List<Runnable> written) {
    List<Object[]> early = new ArrayList<>();
    List<Object[]> late = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      boolean first = random.nextBoolean();
      long id = random.nextInt(10) + (first ? 0 : 10);
      wal += 1 + random.nextInt(3);
      (first ? early : late).add(step(id));
    }
    commit(late, written);
    commit(early, written);
  }

  private Object[] step(long id) {
    if (!keyed) {
      write(id);
      return new Object[] {
        Operation.CREATE, parse(rowsWithoutKey.get(rowsWithoutKey.size() - 1)), wal
      };
    }
    boolean exists = table.containsKey(id);
    if (exists && random.nextInt(3) == 0) {
      table.remove(id);
      return new Object[] {Operation.DELETE, new Object[] {id, null}, wal};
    }
    if (exists && random.nextInt(4) == 0) {
      return new Object[] {Operation.UPDATE, new Object[] {id, Unchanged.TOAST}, wal};
    }
    write(id);
    return new Object[] {
      exists ? Operation.UPDATE : Operation.CREATE, new Object[] {id, table.get(id)}, wal
    };
  }

  private void commit(List<Object[]> steps, List<Runnable> written) {
    long before = lastCommit;
    lastCommit = ++wal;
    int ofEpoch = epoch;
    Runnable all =
        () -> {
          for (Object[] step : steps) {
            Version version = Version.of(ofEpoch, before, (Long) step[2]);
            append((Object[]) step[1], new ChangePoint((Operation) step[0], version, 0));
          }
        };
    written.add(all);
    all.run();
  }
}
