package dev.walcdc.bench;

import dev.walcdc.local.ConnectionSettings;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Measures the delay of the whole pipeline, all routes in one process, under a steady load. Two
 * readers look for the rows: a consumer of the topic, and a query on ClickHouse's {@code _current}
 * view that is sent again and again. A delay runs from the moment when COMMIT is sent to the moment
 * when the reader has the answer; it has the readers' own time in it.
 */
final class LatencyBench {

  private static final String BROKER = "commit to broker";
  private static final String CLICKHOUSE = "commit to queryable in ClickHouse";
  private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final long QUERY_PAUSE_MILLIS = 5;
  private static final int STARTER_ROWS = 12;

  private final Topics topics;
  private final Ledger ledger;
  private final Analytics analytics;

  LatencyBench(ConnectionSettings servers, Topics topics, Ledger ledger) {
    this.topics = topics;
    this.ledger = ledger;
    this.analytics = new Analytics(servers.clickHouse());
  }

  /**
   * Runs all routes.
   *
   * @param warmUpSeconds load before the first transaction that counts
   * @param seconds load that counts
   */
  List<Latency> measure(Pipeline pipeline, int changesPerSecond, int warmUpSeconds, int seconds)
      throws Exception {
    try (Pipeline.Running running = pipeline.start(Pipeline.ALL)) {
      running.awaitUp();
      long firstId = insertStarters();
      Child child = running.child();
      awaitVisible(firstId - 1, child);
      Map<Long, Long> onBroker = new ConcurrentHashMap<>();
      SortedMap<Long, Long> committed = new TreeMap<>();
      SortedMap<Long, Long> queryable = new TreeMap<>();
      try (KafkaConsumer<byte[], byte[]> consumer = topics.read(CaptureBench.TOPIC)) {
        consumer.seekToEnd(consumer.assignment());
        consumer.position(consumer.assignment().iterator().next());
        ExecutorService readers = Executors.newFixedThreadPool(2);
        try {
          Future<?> consuming = readers.submit(() -> consume(consumer, onBroker));
          Future<?> querying = readers.submit(() -> poll(firstId, queryable));
          committed.putAll(
              new SteadyLoad(ledger, changesPerSecond).write(firstId, warmUpSeconds + seconds));
          awaitVisible(committed.lastKey(), child);
          readers.shutdownNow();
          consuming.get();
          querying.get();
        } finally {
          readers.shutdownNow();
          readers.awaitTermination(1, TimeUnit.MINUTES);
        }
      }
      mustArrive(child);
      committed
          .keySet()
          .removeIf(id -> id < SteadyLoad.idAfter(firstId, changesPerSecond, warmUpSeconds));
      return List.of(
          latency(BROKER, committed, onBroker),
          latency(CLICKHOUSE, committed, seenBy(committed, queryable)));
    }
  }

  private static Latency latency(
      String path, SortedMap<Long, Long> committed, Map<Long, Long> seen) {
    long[] delays = SteadyLoad.delays(committed, seen);
    if (delays.length != committed.size()) {
      throw new BenchException(
          "%s: %d of %d transactions were seen".formatted(path, delays.length, committed.size()));
    }
    return Latency.of(path, SteadyLoad.rate(committed), delays);
  }

  /** The rest of the last transaction may come a batch later than its first row. */
  private void mustArrive(Child child) throws Exception {
    RowDigest truth = ledger.digest();
    Await.until(
        "ClickHouse holds the rows of PostgreSQL",
        Duration.ofMinutes(1),
        Duration.ofSeconds(1),
        child,
        () -> analytics.digest().same(truth));
  }

  /** Rows that the first transactions of the load update and delete; returns the id after them. */
  private long insertStarters() throws SQLException {
    try (Connection connection = ledger.open();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "INSERT INTO app.ledger SELECT m.id + n, 'starter', NULL, clock_timestamp(), 0, '{}' FROM (SELECT max(id) AS id FROM app.ledger) m, generate_series(1, %d) n RETURNING id"
                    .formatted(STARTER_ROWS))) {
      long last = 0;
      while (row.next()) {
        last = Math.max(last, row.getLong(1));
      }
      return last + 1;
    }
  }

  private void awaitVisible(long id, Child child) throws Exception {
    Await.until(
        "row %d is in ClickHouse".formatted(id),
        TIMEOUT,
        PAUSE,
        child,
        () -> analytics.newestId(id) >= id);
  }

  private static Void consume(KafkaConsumer<byte[], byte[]> consumer, Map<Long, Long> seen) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Iterable<ConsumerRecord<byte[], byte[]>> records = consumer.poll(Duration.ofMillis(100));
        long now = System.nanoTime();
        for (ConsumerRecord<byte[], byte[]> record : records) {
          Matcher id = ID.matcher(new String(record.key(), StandardCharsets.UTF_8));
          if (id.find()) {
            seen.putIfAbsent(Long.parseLong(id.group(1)), now);
          }
        }
      }
    } catch (InterruptException e) {
      // All is read.
    }
    return null;
  }

  /** Notes when which id was the newest. Batches of a table are queryable in the topic's order. */
  private Void poll(long firstId, SortedMap<Long, Long> queryable) throws Exception {
    long newest = firstId - 1;
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long id = analytics.newestId(newest);
        if (id > newest) {
          queryable.put(id, System.nanoTime());
          newest = id;
        }
        TimeUnit.MILLISECONDS.sleep(QUERY_PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      // All is seen.
    }
    return null;
  }

  /** A row was seen when it, or a newer one, first was the newest. */
  private static Map<Long, Long> seenBy(
      SortedMap<Long, Long> committed, SortedMap<Long, Long> queryable) {
    Map<Long, Long> seen = new TreeMap<>();
    for (Long id : committed.keySet()) {
      SortedMap<Long, Long> later = queryable.tailMap(id);
      if (!later.isEmpty()) {
        seen.put(id, later.get(later.firstKey()));
      }
    }
    return seen;
  }
}
