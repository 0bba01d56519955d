package dev.walcdc.capture.resync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random histories of transactions, seen and unseen, against a chunk that is read in their midst:
 * what the sink has at the mark must be what the source had there.
 */
class ChunkWindowTest {

  private static final int HISTORIES = 30_000;
  private static final int KEYS = 8;
  private static final String MISSING = "?";

  /** A row: a short value and a long one, which an update may leave out. */
  private record Row(String small, String big) {
    Row over(Row before) {
      if (!MISSING.equals(big)) {
        return this;
      }
      return before == null ? null : new Row(small, before.big);
    }
  }

  /** A change as the stream has it, and the row that the source has after it. */
  private record Change(char op, int key, Row row, Row whole) {}

  private record Transaction(long xid, List<Change> changes) {}

  /** What happened, in the order of the commits, and what the source had after each. */
  private static final class History {
    private final Random random;
    private final List<Transaction> commits = new ArrayList<>();
    private final List<Map<Integer, Row>> states = new ArrayList<>();
    private final Set<Integer> locked = new HashSet<>();
    private final Set<Long> hidden = new HashSet<>();
    private Map<Integer, Row> now = new TreeMap<>();
    private long xid;
    private int values;

    private History(Random random, long firstXid) {
      this.random = random;
      this.xid = firstXid;
      for (int key = 0; key < KEYS; key += 2) {
        now.put(key, row(false));
      }
      states.add(Map.copyOf(now));
    }

    private Row row(boolean partly) {
      return new Row("s" + values++, partly ? MISSING : "b" + values++);
    }

    /** A transaction that nobody sees yet keeps its locks, so no other changes the same rows. */
    private void commit(boolean unseen) {
      List<Change> changes = new ArrayList<>();
      Set<Integer> touched = new HashSet<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        int key = random.nextInt(KEYS);
        if (!locked.contains(key)) {
          change(key, changes);
        }
      }
      changes.forEach(change -> touched.add(change.key()));
      Transaction transaction = new Transaction(xid++, changes);
      if (unseen) {
        hidden.add(transaction.xid());
        locked.addAll(touched);
      }
      commits.add(transaction);
      states.add(Map.copyOf(now));
    }

    private void change(int key, List<Change> changes) {
      Row before = now.get(key);
      if (before == null) {
        Row made = row(false);
        changes.add(new Change('c', key, made, made));
        now.put(key, made);
      } else if (random.nextInt(3) == 0) {
        changes.add(new Change('d', key, null, null));
        now.remove(key);
        int other = random.nextInt(KEYS);
        if (random.nextInt(3) == 0 && !now.containsKey(other) && !locked.contains(other)) {
          // A change of the key, which leaves the long value out.
          Row moved = new Row("s" + values++, before.big());
          changes.add(new Change('c', other, new Row(moved.small(), MISSING), moved));
          now.put(other, moved);
        }
      } else {
        Row changed = row(random.nextBoolean());
        changes.add(new Change('u', key, changed, changed.over(before)));
        now.put(key, changed.over(before));
      }
    }

    private TransactionSnapshot snapshot() {
      long xmin = hidden.stream().mapToLong(x -> x).min().orElse(xid);
      return new TransactionSnapshot(xmin, xid, Set.copyOf(hidden));
    }

    /** The source as a reading sees it that does not show the hidden ones. */
    private Map<Integer, Row> seen() {
      Map<Integer, Row> seen = new TreeMap<>(states.get(0));
      for (Transaction transaction : commits) {
        if (!hidden.contains(transaction.xid())) {
          transaction.changes().forEach(change -> seen.put(change.key(), change.whole()));
        }
      }
      seen.values().removeIf(Objects::isNull);
      return seen;
    }
  }

  private static void apply(Map<Integer, Row> rows, Change change) {
    if (change.op() == 'd') {
      rows.remove(change.key());
    } else {
      Row whole = change.row().over(rows.get(change.key()));
      rows.put(change.key(), whole == null ? new Row(change.row().small(), "lost") : whole);
    }
  }

  private static void note(ChunkWindow<Row> window, Transaction transaction) {
    for (Change change : transaction.changes()) {
      String key = Integer.toString(change.key());
      switch (change.op()) {
        case 'c' -> window.created(transaction.xid(), key, change.row());
        case 'u' -> window.updated(transaction.xid(), key, change.row());
        default -> window.deleted(transaction.xid(), key);
      }
    }
  }

  /** Null if the chunk would be read again. */
  private static Boolean agrees(long seed) {
    Random random = new Random(seed);
    // The lower half of the ids comes round in the midst of some histories.
    History history =
        new History(random, random.nextBoolean() ? 1_000 : (7L << 32) - random.nextInt(8));
    StreamedTransactions streamed = new StreamedTransactions();
    int before = random.nextInt(6);
    for (int i = 0; i < before; i++) {
      history.commit(random.nextInt(12) == 0);
    }
    int streamedAtReading = random.nextInt(before + 1);
    for (Transaction transaction : history.commits.subList(0, streamedAtReading)) {
      streamed.pass(transaction.xid() & 0xFFFF_FFFFL);
    }
    TransactionSnapshot snapshot = history.snapshot();
    if (!streamed.areShown(snapshot)) {
      return null;
    }
    int from = random.nextInt(KEYS);
    int to = from + random.nextInt(KEYS - from);
    Map<String, Row> rows = new LinkedHashMap<>();
    history
        .seen()
        .forEach(
            (key, row) -> {
              if (key >= from && key <= to) {
                rows.put(Integer.toString(key), row);
              }
            });
    ChunkWindow<Row> window =
        new ChunkWindow<>(snapshot, rows, (changed, earlier) -> changed.over(earlier));
    int after = random.nextInt(6);
    history.locked.clear(); // Whoever was hidden may have ended by now.
    for (int i = 0; i < after; i++) {
      history.commit(false);
    }
    // The sink was damaged before the resync began; then came the whole stream.
    Map<Integer, Row> sink = new HashMap<>();
    for (int key = 0; key < KEYS; key++) {
      if (random.nextBoolean()) {
        sink.put(key, new Row("damaged", "damaged"));
      }
    }
    Set<Integer> written = new HashSet<>();
    for (int i = 0; i < history.commits.size(); i++) {
      Transaction transaction = history.commits.get(i);
      transaction.changes().forEach(change -> apply(sink, change));
      transaction.changes().forEach(change -> written.add(change.key()));
      if (i >= streamedAtReading) {
        note(window, new Transaction(transaction.xid() & 0xFFFF_FFFFL, transaction.changes()));
      }
    }
    if (window.isOutdated()) {
      return null;
    }
    rows.forEach((key, row) -> sink.put(Integer.parseInt(key), row));
    rows.keySet().forEach(key -> written.add(Integer.parseInt(key)));
    sink.keySet().removeIf(key -> !written.contains(key)); // The fence.
    for (int key = from; key <= to; key++) {
      if (!Objects.equals(sink.get(key), history.now.get(key))) {
        return false;
      }
    }
    return true;
  }

  @Test
  void atTheMarkTheSinkHasWhatTheSourceHas() {
    int decided = 0;
    for (long seed = 1; seed <= HISTORIES; seed++) {
      Boolean agrees = agrees(seed);
      assertThat(agrees == null || agrees).as("history of seed %d", seed).isTrue();
      decided += agrees == null ? 0 : 1;
    }
    assertThat(decided).as("histories that need no second reading").isGreaterThan(HISTORIES / 2);
  }

  @Test
  void aSnapshotShowsWhatHadEnded() {
    TransactionSnapshot snapshot = TransactionSnapshot.parse("100:105:100,103");
    assertThat(snapshot.shows(99)).isTrue();
    assertThat(snapshot.shows(100)).isFalse();
    assertThat(snapshot.shows(101)).isTrue();
    assertThat(snapshot.shows(103)).isFalse();
    assertThat(snapshot.shows(105)).isFalse();
    assertThat(TransactionSnapshot.parse("5:5:").inProgress()).isEmpty();
  }

  @Test
  void idsThatCameRoundAreTakenForTheNearest() {
    long round = 3L << 32;
    TransactionSnapshot before = new TransactionSnapshot(round - 5, round - 2, Set.of(round - 5));
    assertThat(before.shows(0xFFFF_FFF0L)).isTrue();
    assertThat(before.shows(0xFFFF_FFFBL)).isFalse();
    assertThat(before.shows(3)).as("it began after the ids came round").isFalse();
    TransactionSnapshot after = new TransactionSnapshot(round + 5, round + 9, Set.of(round + 5));
    assertThat(after.shows(0xFFFF_FFF0L)).as("it was before they did").isTrue();
    assertThat(after.shows(4)).isTrue();
    assertThat(after.shows(5)).isFalse();
  }
}
