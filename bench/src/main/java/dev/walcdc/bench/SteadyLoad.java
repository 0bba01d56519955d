package dev.walcdc.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Writes transactions of ten changes (six inserts, three updates, one delete) at a steady pace and
 * notes when each was sent off to be committed. The id of its first insert stands for the
 * transaction.
 */
final class SteadyLoad {

  private static final int CHANGES = 10;
  private static final int INSERTS = 6;
  private static final int UPDATES = 3;

  private final Ledger ledger;
  private final int changesPerSecond;

  SteadyLoad(Ledger ledger, int changesPerSecond) {
    this.ledger = ledger;
    this.changesPerSecond = changesPerSecond;
  }

  /**
   * Writes.
   *
   * @param firstId greater than every id that is there
   * @return by first id, when COMMIT was sent, as {@link System#nanoTime()} counts
   */
  SortedMap<Long, Long> write(long firstId, int seconds) throws SQLException, InterruptedException {
    SortedMap<Long, Long> committed = new TreeMap<>();
    long transactions = (long) changesPerSecond * seconds / CHANGES;
    long interval = TimeUnit.SECONDS.toNanos(1) * CHANGES / changesPerSecond;
    try (Connection connection = ledger.open();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO app.ledger SELECT n, 'account-' || n % 1000, md5(n::text), clock_timestamp(), n % 10000 / 100.0, jsonb_build_object('channel', 'web', 'items', n % 7) FROM generate_series(?::bigint, ?::bigint) n");
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE app.ledger SET amount = amount + 1, booked_at = clock_timestamp() WHERE id BETWEEN ? AND ?");
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM app.ledger WHERE id = ?")) {
      connection.setAutoCommit(false);
      long begin = System.nanoTime();
      for (long t = 0; t < transactions; t++) {
        pauseUntil(begin + t * interval);
        long id = firstId + t * INSERTS;
        insert.setLong(1, id);
        insert.setLong(2, id + INSERTS - 1);
        insert.executeUpdate();
        update.setLong(1, id - INSERTS);
        update.setLong(2, id - INSERTS + UPDATES - 1);
        update.executeUpdate();
        delete.setLong(1, id - INSERTS - 1);
        delete.executeUpdate();
        committed.put(id, System.nanoTime());
        connection.commit();
      }
    }
    return committed;
  }

  /** The id that a load which began with another is at after some seconds. */
  static long idAfter(long firstId, int changesPerSecond, int seconds) {
    return firstId + (long) changesPerSecond * seconds / CHANGES * INSERTS;
  }

  /** Changes a second that were written. */
  static double rate(SortedMap<Long, Long> committed) {
    long nanos = committed.get(committed.lastKey()) - committed.get(committed.firstKey());
    return (committed.size() - 1) * CHANGES * 1e9 / nanos;
  }

  /** By first id, how long after its commit a transaction was seen. */
  static long[] delays(Map<Long, Long> committed, Map<Long, Long> seen) {
    return committed.entrySet().stream()
        .filter(commit -> seen.containsKey(commit.getKey()))
        .mapToLong(commit -> seen.get(commit.getKey()) - commit.getValue())
        .toArray();
  }

  private static void pauseUntil(long nanoTime) throws InterruptedException {
    long left = nanoTime - System.nanoTime();
    if (left > 0) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }
}
