package dev.walcdc.bench;

import dev.walcdc.local.ConnectionSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures a capture that finds all the WAL of the workload waiting, from its start until the last
 * change is on its topic. Start-up ends with the first change on the topic.
 */
final class CaptureBench {

  /** Topic of our capture. */
  static final String TOPIC = "dbserver1." + Ledger.TABLE;

  private static final String SLOT = "walcdc";
  private static final String POSITIONS = "dbserver1.positions";
  private static final int STATES_AFTER_SNAPSHOT = 2;
  private static final Duration TIMEOUT = Duration.ofMinutes(30);
  private static final Duration STALL = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final ConnectionSettings servers;
  private final Topics topics;
  private final Ledger ledger;
  private final long changes;

  CaptureBench(ConnectionSettings servers, Topics topics, Ledger ledger, long changes) {
    this.servers = servers;
    this.topics = topics;
    this.ledger = ledger;
    this.changes = changes;
  }

  /** Lets our capture make its slot and its snapshot of the first rows. */
  void prepareOurs(Pipeline pipeline) throws Exception {
    try (Pipeline.Running capture = pipeline.start("capture-postgres")) {
      Await.until(
          "the snapshot of the first rows",
          Duration.ofMinutes(2),
          PAUSE,
          capture.child(),
          () ->
              topics.end(TOPIC) == Ledger.FIRST_ROWS
                  && topics.end(POSITIONS) >= STATES_AFTER_SNAPSHOT);
    }
  }

  /** Makes the slot and the topic of Debezium Server. */
  void preparePeer() throws Exception {
    ledger.createSlot(DebeziumServer.SLOT);
    topics.create(peerTopic());
  }

  Figure ours(Pipeline pipeline, RowDigest truth) throws Exception {
    try (Pipeline.Running capture = pipeline.start("capture-postgres")) {
      return measure(capture.child(), TOPIC, SLOT, truth);
    }
  }

  Figure peer(DebeziumServer peer, Path home, RowDigest truth) throws Exception {
    Figure figure;
    try (Child child = peer.start(servers, home)) {
      figure = measure(child, peerTopic(), DebeziumServer.SLOT, truth);
    }
    ledger.dropSlot(DebeziumServer.SLOT);
    return figure;
  }

  private static String peerTopic() {
    return DebeziumServer.PREFIX + "." + Ledger.TABLE;
  }

  private Figure measure(Child child, String topic, String slot, RowDigest truth) throws Exception {
    long before = topics.end(topic);
    long records = changes + changes / Ledger.TRANSACTION * Ledger.DELETES; // and tombstones
    double changesPerRecord = (double) changes / records;
    Await.until(
        "the first change on " + topic, TIMEOUT, PAUSE, child, () -> topics.end(topic) > before);
    Mark first = child.mark((double) (topics.end(topic) - before) * changesPerRecord);
    awaitLast(child, topic, before + records);
    Mark last = child.mark((double) changes);
    long serverCpu = Usage.cpuNanos(ledger.walSender(slot));
    long peak = Usage.peakBytes(child.pid());
    topics.mustHold(topic, changes, truth);
    return Figure.of(child.name(), first, last, peak, serverCpu, "walsender");
  }

  /** Gives up waiting when nothing more comes: the check that follows says what is missing. */
  private void awaitLast(Child child, String topic, long end) throws Exception {
    AtomicLong seen = new AtomicLong();
    AtomicLong seenAt = new AtomicLong();
    Await.until(
        "the last change on " + topic,
        TIMEOUT,
        PAUSE,
        child,
        () -> {
          long now = topics.end(topic);
          if (now > seen.get()) {
            seen.set(now);
            seenAt.set(System.nanoTime());
          }
          return now >= end || System.nanoTime() - seenAt.get() > STALL.toNanos();
        });
  }
}
