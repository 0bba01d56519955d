package dev.walcdc.systemtest;

import static org.awaitility.Awaitility.await;

import dev.walcdc.capture.source.SourceConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * A load after TPC-B: transfers that change three keyed tables and append to a history without a
 * key; among them openings and closings of accounts, multi-row inserts that share an LSN,
 * transactions that stay open over others, and rollbacks. The seed fixes what each client does, not
 * how they interleave. Clients come back when the source was away.
 */
final class Bank implements AutoCloseable {

  private static final int ACCOUNTS = 2_000;

  private final SourceConnection source;
  private final ExecutorService clients = Executors.newCachedThreadPool();
  private final AtomicLong transactions = new AtomicLong();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final ReadWriteLock business = new ReentrantReadWriteLock(true);
  private volatile Duration think = Duration.ZERO;
  private volatile boolean open = true;

  private Bank(SourceConnection source) {
    this.source = source;
  }

  /** Makes the tables, with accounts in them. */
  static Bank found(SourceConnection source) throws SQLException {
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE SCHEMA bank;
          CREATE TABLE bank.accounts (id bigint PRIMARY KEY, branch int NOT NULL, balance bigint NOT NULL, filler char(84));
          CREATE TABLE bank.branches (id int PRIMARY KEY, balance numeric(20, 2) NOT NULL);
          CREATE TABLE bank.history (account bigint, branch int, delta bigint, at timestamp);
          INSERT INTO bank.branches SELECT b, 0 FROM generate_series(1, 5) b;
          """);
      statement.execute(
          "INSERT INTO bank.accounts SELECT a, 1 + a %% 5, 0, 'filler' FROM generate_series(1, %d) a"
              .formatted(ACCOUNTS));
    }
    return new Bank(source);
  }

  /** Lets so many clients in, who are as fast as they can be. */
  void open(int count, long seed) {
    open(count, seed, Duration.ZERO);
  }

  /**
   * Lets so many clients in.
   *
   * @param think how long each waits after a transaction: a load that a busy machine can follow
   */
  void open(int count, long seed, Duration think) {
    System.out.printf("Bank opens for %d clients with seed %d%n", count, seed);
    this.think = think;
    for (int client = 0; client < count; client++) {
      Random random = new Random(seed + client);
      int number = client;
      clients.execute(() -> serve(random, number));
    }
  }

  long transactions() {
    return transactions.get();
  }

  /** Waits until so many more were committed. */
  void awaitTransactions(int more) {
    long until = transactions() + more;
    await().atMost(Duration.ofMinutes(4)).until(() -> transactions() >= until);
  }

  /** Does something while all clients wait and none has a transaction. */
  <T> T closedMeanwhile(Supplier<T> action) {
    business.writeLock().lock();
    try {
      return action.get();
    } finally {
      business.writeLock().unlock();
    }
  }

  /** Lets no client in any more and waits until the last has gone. */
  @Override
  public void close() throws InterruptedException {
    open = false;
    clients.shutdown();
    if (!clients.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("A client does not leave the bank");
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("A client failed", failures.get(0));
    }
  }

  private void serve(Random random, int client) {
    AtomicLong nextAccount = new AtomicLong(1_000_000L * (client + 1));
    while (open) {
      try (Connection connection = source.open()) {
        serve(connection, random, nextAccount);
      } catch (SQLException e) {
        if (!isOutage(e)) {
          failures.add(e);
          return;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      } catch (RuntimeException e) {
        failures.add(e);
        return;
      }
    }
  }

  /** Connection exceptions, and what a server says that goes down or comes up. */
  static boolean isOutage(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("08") || state.startsWith("57P");
  }

  private void serve(Connection connection, Random random, AtomicLong nextAccount)
      throws SQLException {
    connection.setAutoCommit(false);
    while (open) {
      business.readLock().lock();
      try {
        transaction(connection, random, nextAccount);
      } finally {
        business.readLock().unlock();
      }
      LockSupport.parkNanos(think.toNanos());
    }
  }

  private void transaction(Connection connection, Random random, AtomicLong nextAccount)
      throws SQLException {
    int dice = random.nextInt(100);
    if (dice < 80) {
      transfer(connection, random);
    } else if (dice < 88) {
      openAccounts(connection, nextAccount.getAndAdd(200), 1 + random.nextInt(200));
    } else if (dice < 94) {
      execute(
          connection,
          "DELETE FROM bank.accounts WHERE id IN (SELECT id FROM bank.accounts WHERE id >= 1000000 ORDER BY id LIMIT 20)");
    } else {
      for (int i = 0; i < 10; i++) {
        transfer(connection, random);
      }
    }
    if (random.nextInt(20) == 0) {
      connection.rollback();
    } else {
      connection.commit();
      transactions.incrementAndGet();
    }
  }

  /**
   * Accounts before branches, each in one order: clients wait for each other but never in a ring.
   */
  private static void transfer(Connection connection, Random random) throws SQLException {
    long delta = random.nextInt(10_000) - 5_000L;
    int branch = 1 + random.nextInt(5);
    long account = 1L + random.nextInt(ACCOUNTS);
    execute(connection, "SELECT pg_advisory_xact_lock(1)");
    execute(
        connection, "UPDATE bank.accounts SET balance = balance + ? WHERE id = ?", delta, account);
    execute(
        connection, "UPDATE bank.branches SET balance = balance + ? WHERE id = ?", delta, branch);
    execute(
        connection,
        "INSERT INTO bank.history VALUES (?, ?, ?, clock_timestamp())",
        account,
        branch,
        delta);
  }

  private static void openAccounts(Connection connection, long from, int count)
      throws SQLException {
    execute(
        connection,
        "INSERT INTO bank.accounts SELECT a, 1, 0, repeat('x', 40) FROM generate_series(?, ?) a",
        from,
        from + count - 1);
  }

  private static void execute(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.execute();
    }
  }
}
