package dev.walcdc.changelog;

import dev.walcdc.failpoint.FailPoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log in one thread: fills each table's buffer, hands due batches to the workers, at most
 * one a table at a time, and commits offsets of what they have applied. It never stops polling, so
 * a slow sink does not lose its membership; instead it pauses the tables that are ahead.
 */
final class LogReader implements ConsumerRebalanceListener {

  private static final Logger LOG = LoggerFactory.getLogger(LogReader.class);
  private static final long IDLE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Only a revocation keeps the reader from polling; whoever is silent longer has died. */
  private static final int LONGEST_SILENCE_BESIDE_REVOCATION_MILLIS = 40_000;

  private final ChangeLogConfiguration limits;
  private final PositionStore store;
  private final StartingPositions positions;
  private final SchemaLog schemas;
  private final UnnamedRecords unnamed;
  private final Quarantine quarantine;
  private final BatchDelivery.Route route;
  private final Executor workers;
  private final KafkaConsumer<byte[], byte[]> consumer;

  private final Map<String, TableBuffer> buffers = new HashMap<>();
  private final Map<String, BatchDelivery> inFlight = new HashMap<>();

  /** Topics whose log does not hold what comes next, and when to look for it again. */
  private final Map<String, Long> stranded = new HashMap<>();

  private volatile boolean stopping;
  private volatile boolean reading;
  private boolean lookedForTables;

  LogReader(
      ChangeLogConfiguration limits,
      PositionStore store,
      SchemaLog schemas,
      Quarantine quarantine,
      BatchDelivery.Route route,
      Executor workers) {
    this.limits = limits;
    this.store = store;
    this.positions = new StartingPositions(store, limits.getGroupId());
    this.schemas = schemas;
    this.unnamed = new UnnamedRecords(limits.getTopicPrefix(), schemas);
    this.quarantine = quarantine;
    this.route = route;
    this.workers = workers;
    this.consumer =
        new KafkaConsumer<>(
            properties(limits), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static Properties properties(ChangeLogConfiguration limits) {
    Properties properties = limits.connection().properties();
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, limits.getGroupId());
    if (!limits.getGroupInstanceId().isBlank()) {
      properties.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, limits.getGroupInstanceId());
    }
    properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, limits.getSessionTimeoutMs());
    properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, limits.getSessionTimeoutMs() / 3);
    // A member that died while it joined holds the others up for this long.
    properties.put(
        ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
        (int) limits.getRevokeTimeout() + LONGEST_SILENCE_BESIDE_REVOCATION_MILLIS);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    properties.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, List.of(TableAssignor.class));
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 8 << 20);
    // A table that is captured for the first time is to be seen within a second or so.
    properties.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 1_000);
    if (limits.getAdditionalProperties() != null) {
      properties.putAll(limits.getAdditionalProperties());
    }
    return properties;
  }

  /** Reads until {@link #stop()}; then finishes what is in flight and closes. */
  void run() {
    try (quarantine;
        consumer) {
      quarantine.open();
      consumer.subscribe(limits.topics(), this);
      while (!stopping) {
        poll();
        lookForTablesThatCameMeanwhile();
        finishDelivered();
        answerRequests();
        deliverDue();
        lookAgainForStranded();
        pauseAndResume();
      }
      onPartitionsRevoked(consumer.assignment());
    } finally {
      inFlight.values().forEach(BatchDelivery::cancel);
    }
  }

  /** Makes {@link #run()} return soon; may be called by any thread. */
  void stop() {
    stopping = true;
    consumer.wakeup();
  }

  /** Whether it became a member of its group and found where to go on. */
  boolean isReading() {
    return reading;
  }

  /** How many letters of this sink are open, by topic. */
  Map<String, Long> openLetters() {
    return quarantine.openLetters();
  }

  private void poll() {
    long now = System.nanoTime();
    long wait = IDLE_POLL_NANOS;
    for (BatchDelivery delivery : inFlight.values()) {
      wait = Math.min(wait, delivery.nanosUntilTry(now));
    }
    for (Map.Entry<String, TableBuffer> table : buffers.entrySet()) {
      if (!inFlight.containsKey(table.getKey())) {
        wait = Math.min(wait, table.getValue().nanosUntilDue(now));
      }
    }
    for (long nextLook : stranded.values()) {
      wait = Math.min(wait, Math.max(0, nextLook - now));
    }
    try {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofNanos(wait));
      if (!records.isEmpty()) {
        FailPoint.LOG_POLLED.reach();
      }
      for (ConsumerRecord<byte[], byte[]> record : records) {
        buffers
            .computeIfAbsent(record.topic(), topic -> new TableBuffer(limits))
            .add(record, System.nanoTime());
      }
    } catch (WakeupException e) {
      // A worker has ended, or the route stops: there is something to do.
      LOG.trace("Woken up");
    }
  }

  /**
   * A reader that comes back under its {@code groupInstanceId} is handed the tables that it had. If
   * it leads the group, it holds that to be what its present metadata call for (KIP-814), so that
   * nobody would ever read what was created while it was away. A leader that joins again assigns
   * anew; to anybody else the broker repeats its answer.
   */
  private void lookForTablesThatCameMeanwhile() {
    if (lookedForTables || !reading) {
      return;
    }
    Set<TopicPartition> assigned = consumer.assignment();
    try {
      boolean othersAreThere =
          consumer.subscription().stream()
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .anyMatch(p -> !assigned.contains(new TopicPartition(p.topic(), p.partition())));
      if (othersAreThere) {
        consumer.enforceRebalance("there are tables that this reader was not given");
      }
      lookedForTables = true;
    } catch (WakeupException e) {
      LOG.trace("Woken up while looking for tables, looking again");
    }
  }

  private void finishDelivered() {
    Map<TopicPartition, OffsetAndMetadata> applied = new HashMap<>();
    for (Iterator<BatchDelivery> each = inFlight.values().iterator(); each.hasNext(); ) {
      BatchDelivery delivery = each.next();
      if (delivery.isEnded()) {
        each.remove();
        // One that outlived its assignment says nothing about the present one.
        if (delivery.isApplied() && !delivery.isCancelled()) {
          applied.putAll(delivery.nextOffsets());
        }
      }
    }
    if (!applied.isEmpty()) {
      consumer.commitAsync(applied, LogReader::reportCommit);
    }
  }

  /** A lost commit only means that records are applied again, which has no effect. */
  private static void reportCommit(
      Map<TopicPartition, OffsetAndMetadata> offsets, Exception failure) {
    if (failure != null) {
      LOG.info(
          "Offsets {} were not committed, the next commit covers them: {}",
          offsets,
          failure.toString());
    } else {
      FailPoint.LOG_COMMITTED.reach();
    }
  }

  private void deliverDue() {
    long now = System.nanoTime();
    for (BatchDelivery delivery : inFlight.values()) {
      if (delivery.nanosUntilTry(now) == 0) {
        delivery.begin(workers);
      }
    }
    for (Map.Entry<String, TableBuffer> table : buffers.entrySet()) {
      String topic = table.getKey();
      if (!inFlight.containsKey(topic) && table.getValue().nanosUntilDue(now) == 0) {
        BatchDelivery delivery =
            deliver(
                topic,
                new BatchTask(
                    topic,
                    partitions(topic),
                    table.getValue().take(),
                    schemas,
                    unnamed,
                    quarantine,
                    route,
                    limits));
        delivery.begin(workers);
      }
    }
  }

  /** Those of the topic are all here, or none: {@link TableAssignor}. */
  private int partitions(String topic) {
    return (int) consumer.assignment().stream().filter(p -> p.topic().equals(topic)).count();
  }

  /** What people ask for about letters comes ahead of the next batch of their table. */
  private void answerRequests() {
    quarantine.follow();
    Set<String> asked = quarantine.asked();
    if (asked.isEmpty()) {
      return;
    }
    Set<String> own =
        consumer.assignment().stream().map(TopicPartition::topic).collect(Collectors.toSet());
    for (String topic : asked) {
      if (own.contains(topic) && !inFlight.containsKey(topic)) {
        deliver(topic, new RequestTask(topic, schemas, unnamed, quarantine, route, limits));
      }
    }
  }

  private BatchDelivery deliver(String topic, DeliveryTask task) {
    BatchDelivery delivery = new BatchDelivery(topic, task, route, limits, consumer::wakeup);
    inFlight.put(topic, delivery);
    return delivery;
  }

  private void pauseAndResume() {
    long waiting =
        buffers.values().stream().mapToLong(TableBuffer::bytes).sum()
            + inFlight.values().stream().mapToLong(BatchDelivery::bytes).sum();
    boolean full = waiting >= limits.getBufferBytes();
    List<TopicPartition> pause = new ArrayList<>();
    List<TopicPartition> resume = new ArrayList<>();
    Set<TopicPartition> paused = consumer.paused();
    for (TopicPartition partition : consumer.assignment()) {
      TableBuffer buffer = buffers.get(partition.topic());
      boolean ahead = buffer != null && (buffer.isAhead() || (full && buffer.bytes() > 0));
      boolean wait = ahead || stranded.containsKey(partition.topic());
      if (wait && !paused.contains(partition)) {
        pause.add(partition);
      } else if (!wait && paused.contains(partition)) {
        resume.add(partition);
      }
    }
    consumer.pause(pause);
    consumer.resume(resume);
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (!partitions.isEmpty()) {
      quarantine.catchUp(
          partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet()));
      goOn(partitions);
      LOG.info("{} reads {}", limits.getGroupId(), partitions);
    }
    reading = true;
  }

  private void lookAgainForStranded() {
    long now = System.nanoTime();
    Set<String> due = new HashSet<>();
    stranded.forEach(
        (topic, nextLook) -> {
          if (nextLook <= now) {
            due.add(topic);
          }
        });
    if (!due.isEmpty()) {
      stranded.keySet().removeAll(due);
      goOn(consumer.assignment().stream().filter(p -> due.contains(p.topic())).toList());
      due.stream().filter(topic -> !stranded.containsKey(topic)).forEach(route::cleared);
    }
  }

  /** Has the partitions read from where the sink stands; those of a refused topic wait. */
  private void goOn(Collection<TopicPartition> partitions) {
    StartingPositions.Found found = startingPositions(partitions);
    found.positions().forEach(consumer::seek);
    found.refused().forEach(this::strand);
    List<TopicPartition> waiting =
        partitions.stream().filter(p -> stranded.containsKey(p.topic())).toList();
    // Nothing is read there, yet the client insists on a position.
    waiting.forEach(partition -> consumer.seek(partition, 0));
    consumer.pause(waiting);
  }

  private void strand(String topic, RuntimeException cause) {
    stranded.put(topic, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.getBackOffMax()));
    route.failed(topic, cause);
  }

  /** A worker's wake-up may land here, where leaving would mean to read on from anywhere. */
  private StartingPositions.Found startingPositions(Collection<TopicPartition> partitions) {
    while (true) {
      try {
        return positions.find(consumer, partitions);
      } catch (WakeupException e) {
        LOG.trace("Woken up while looking for positions, looking again");
      }
    }
  }

  /**
   * Finishes what is in flight, or gives it up; what only waits in memory is read again later. A
   * try that does not end in time stays in flight: should the table come back, it waits for that.
   */
  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    Set<String> topics = topicsOf(partitions);
    topics.forEach(this::forget);
    Map<TopicPartition, OffsetAndMetadata> applied = new HashMap<>();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.getRevokeTimeout());
    List<BatchDelivery> revoked =
        topics.stream()
            .map(inFlight::get)
            .filter(delivery -> delivery != null && !delivery.isCancelled())
            .toList();
    revoked.forEach(BatchDelivery::cancel);
    for (BatchDelivery delivery : revoked) {
      if (awaitEnd(delivery, deadline)) {
        inFlight.remove(delivery.topic());
        if (delivery.isApplied()) {
          applied.putAll(delivery.nextOffsets());
        }
      }
    }
    release(topics);
    if (!applied.isEmpty()) {
      commitNow(applied);
    }
  }

  private void release(Collection<String> topics) {
    if (store != null) {
      topics.forEach(store::released);
    }
  }

  /** A worker's wake-up may land here, where leaving would keep the revoked partitions assigned. */
  private void commitNow(Map<TopicPartition, OffsetAndMetadata> applied) {
    while (true) {
      try {
        consumer.commitSync(applied);
        return;
      } catch (WakeupException e) {
        LOG.trace("Woken up while committing, committing again");
      }
    }
  }

  /** The partitions have another reader already: there is nothing to finish. */
  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      forget(partition.topic());
      BatchDelivery delivery = inFlight.get(partition.topic());
      if (delivery != null) {
        delivery.cancel();
      }
    }
    release(topicsOf(partitions));
  }

  private static Set<String> topicsOf(Collection<TopicPartition> partitions) {
    return partitions.stream()
        .map(TopicPartition::topic)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private void forget(String topic) {
    buffers.remove(topic);
    if (stranded.remove(topic) != null) {
      route.cleared(topic);
    }
  }

  private static boolean awaitEnd(BatchDelivery delivery, long deadlineNanos) {
    try {
      long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
      if (delivery.awaitEnd(Math.max(0, left))) {
        return true;
      }
      LOG.warn("A batch of {} did not end in time and is left to itself", delivery.topic());
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
