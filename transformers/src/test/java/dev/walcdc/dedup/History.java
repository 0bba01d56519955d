package dev.walcdc.dedup;

import static dev.walcdc.TestLog.column;
import static dev.walcdc.TestLog.envelope;
import static dev.walcdc.TestLog.schema;

import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random transactions on a table of a few keys, as PostgreSQL would log them: in the order of their
 * commits, with LSNs that overlap those of transactions that were open at the same time, keys that
 * are used again, values that are left out because they did not change.
 */
final class History {

  static final TableSchema TABLE =
      schema(List.of("id"), column("id", "int8"), column("n", "int4"), column("body", "text"));

  private static final int KEYS = 4;
  private static final String UNCHANGED = "__debezium_unavailable_value";

  /** Envelope by envelope; a null envelope is a tombstone; key -1 belongs to no row. */
  record Entry(int key, byte[] envelope, String name) {

    @Override
    public String toString() {
      return name;
    }
  }

  record Row(int n, String body) {}

  private final Random random;
  private final boolean truncates;
  private final List<Entry> log = new ArrayList<>();
  private final Map<Integer, Row> rows = new TreeMap<>();
  private final Map<Integer, Long> unlocked = new HashMap<>();
  private long lastCommit;
  private long wal = 1_000;
  private int values;

  private History(Random random, boolean truncates) {
    this.random = random;
    this.truncates = truncates;
  }

  static History random(Random random, boolean truncates) {
    History history = new History(random, truncates);
    history.snapshot();
    int transactions = 1 + random.nextInt(10);
    for (int i = 0; i < transactions; i++) {
      if (truncates && random.nextInt(5) == 0) {
        history.truncate();
      } else {
        history.transaction();
      }
    }
    return history;
  }

  List<Entry> log() {
    return log;
  }

  /** What the table holds in the end. */
  Map<Integer, Row> rows() {
    return rows;
  }

  private void snapshot() {
    for (int key = 0; key < KEYS; key++) {
      if (random.nextInt(3) == 0) {
        Row row = new Row(values++, "s" + key);
        rows.put(key, row);
        add(key, "r", null, json(key, row.n(), row.body()), 0, 500);
      }
    }
  }

  /** Begins anywhere behind the commits that freed its rows: LSNs of transactions overlap. */
  private void transaction() {
    long before = lastCommit;
    int changes = 1 + random.nextInt(5);
    List<Integer> keys = new ArrayList<>();
    for (int i = 0; i < changes; i++) {
      keys.add(random.nextInt(KEYS));
    }
    long free = keys.stream().mapToLong(key -> unlocked.getOrDefault(key, 0L)).max().orElse(0);
    long lsn = random.nextBoolean() ? wal : Math.max(free + 1, wal - 40);
    for (int key : keys) {
      lsn += 1 + random.nextInt(3);
      change(key, before, lsn);
    }
    wal = Math.max(wal, lsn) + 20;
    lastCommit = wal;
    keys.forEach(key -> unlocked.put(key, lastCommit));
  }

  private void change(int key, long before, long lsn) {
    Row row = rows.get(key);
    if (row == null) {
      Row created = new Row(values++, "b" + values);
      rows.put(key, created);
      add(key, "c", null, json(key, created.n(), created.body()), before, lsn);
    } else if (random.nextInt(3) == 0) {
      rows.remove(key);
      add(key, "d", json(key, 0, null), null, before, lsn);
      log.add(new Entry(key, null, "tombstone " + key));
    } else if (!truncates && random.nextBoolean()) {
      Row updated = new Row(values++, row.body());
      rows.put(key, updated);
      add(key, "u", null, json(key, updated.n(), UNCHANGED), before, lsn);
    } else {
      Row updated = new Row(values++, "b" + values);
      rows.put(key, updated);
      add(key, "u", null, json(key, updated.n(), updated.body()), before, lsn);
    }
  }

  private void truncate() {
    long lsn = wal + 1;
    add(-1, "t", null, null, lastCommit, lsn);
    rows.clear();
    wal = lsn + 20;
    lastCommit = wal;
    for (int key = 0; key < KEYS; key++) {
      unlocked.put(key, lastCommit);
    }
  }

  private void add(int key, String op, String before, String after, long lastCommit, long lsn) {
    log.add(
        new Entry(
            key,
            envelope(op, before, after, lastCommit, lsn),
            "%s %s %d/%d".formatted(op, op.equals("d") ? before : after, lastCommit, lsn)));
  }

  private static String json(int key, int n, String body) {
    return "{\"id\":%d,\"n\":%d,\"body\":%s}"
        .formatted(key, n, body == null ? null : '"' + body + '"');
  }
}
