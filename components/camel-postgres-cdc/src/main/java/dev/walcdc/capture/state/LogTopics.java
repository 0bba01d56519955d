package dev.walcdc.capture.state;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.envelope.StandIn;
import dev.walcdc.log.OutgoingRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics that capture writes: makes those that are missing, knows their partitions and says
 * where they end. Used by one thread.
 */
public final class LogTopics implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogTopics.class);

  /** What a record has around its key and value on its way: headers and the batch's own. */
  private static final int ENVELOPE_BYTES = 4_096;

  private final Admin admin;
  private final int partitions;
  private final long retentionMs;
  private final int maxRecordBytes;

  /**
   * How many of its partitions each change topic uses; fixed, for keys must stay where they are.
   */
  private final Map<String, Integer> changePartitions = new HashMap<>();

  /** How many each used before. */
  private final Map<String, Integer> kept = new HashMap<>();

  /** Where rows without a key go: a batch to one partition, the next to another. */
  private int keyless;

  /** Bytes that a record of each change topic may have. */
  private final Map<String, Long> limits = new HashMap<>();

  /**
   * @param partitions of a change topic that is made
   * @param retentionMs of a change topic that is made, milliseconds; -1 for ever
   * @param maxRecordBytes the largest record that a change topic gets
   */
  public LogTopics(
      KafkaConnection connection, int partitions, long retentionMs, int maxRecordBytes) {
    this.admin = Admin.create(connection.properties());
    this.partitions = partitions;
    this.retentionMs = retentionMs;
    this.maxRecordBytes = maxRecordBytes;
  }

  /** Makes sure that a topic is there which keeps the last record of every key for ever. */
  public void ensureCompacted(String topic) throws InterruptedException {
    create(
        new NewTopic(topic, Optional.of(1), Optional.empty())
            .configs(
                Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)));
  }

  /**
   * Keeps keys on the partitions where they have been: partitions that somebody adds are not used,
   * since changes of one row on two partitions would reach a sink in any order.
   *
   * @param offsets as {@link #nextOffsets()} gave them
   */
  public void keep(Map<String, Map<Integer, Long>> offsets) {
    offsets.forEach((topic, partitions) -> kept.put(topic, partitions.size()));
  }

  /** Makes sure that these tables have their topics; asks the brokers only about new ones. */
  public void ensureChanges(Collection<String> topics) throws InterruptedException {
    for (String topic : topics) {
      if (!changePartitions.containsKey(topic)) {
        create(
            new NewTopic(topic, Optional.of(partitions), Optional.empty())
                .configs(
                    Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        Long.toString(retentionMs),
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(maxRecordBytes + ENVELOPE_BYTES))));
        limits.put(topic, Math.min(maxRecordBytes, largestMessage(topic) - ENVELOPE_BYTES));
        changePartitions.put(topic, partitionsToUse(topic));
      }
    }
  }

  private void create(NewTopic topic) throws InterruptedException {
    try {
      admin.createTopics(List.of(topic)).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new CaptureException(
            "Topic `%s` cannot be created: %s".formatted(topic.name(), e.getCause().getMessage()),
            e);
      }
    }
  }

  /** The topic may have been made by somebody else, or the brokers may not let it have its way. */
  private long largestMessage(String topic) throws InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      return Long.parseLong(
          admin
              .describeConfigs(List.of(resource))
              .all()
              .get()
              .get(resource)
              .get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG)
              .value());
    } catch (ExecutionException e) {
      throw new CaptureException(
          "The brokers do not say how large a record of topic `%s` may be: %s"
              .formatted(topic, e.getCause().getMessage()),
          e);
    }
  }

  /**
   * The same records, with a stand-in for each that is larger than its topic takes; compression is
   * not counted upon. Their topics must have been ensured.
   */
  public List<OutgoingRecord> fitting(List<OutgoingRecord> records) {
    if (records.stream().noneMatch(this::isTooLarge)) {
      return records;
    }
    List<OutgoingRecord> fitting = new ArrayList<>(records.size());
    for (OutgoingRecord record : records) {
      if (isTooLarge(record)) {
        OutgoingRecord standIn = StandIn.of(record, limits.get(record.topic()));
        LOG.warn(
            "A record of {} has {} bytes, more than the {} that fit: {}",
            record.topic(),
            StandIn.sizeOf(record),
            limits.get(record.topic()),
            standIn.oversized() > 0
                ? "a stand-in without long values takes its place, and the sinks will refuse it"
                : "the row before the change is left out in part");
        fitting.add(standIn);
      } else {
        fitting.add(record);
      }
    }
    return fitting;
  }

  private boolean isTooLarge(OutgoingRecord record) {
    return record.value() != null && StandIn.sizeOf(record) > limits.get(record.topic());
  }

  private int partitionsToUse(String topic) throws InterruptedException {
    int present = partitionsOf(topic);
    int before = kept.getOrDefault(topic, present);
    if (present < before) {
      throw new CaptureException(
          "Topic `%s` has %d partitions and had %d, so it was deleted and made anew. Give it as many again"
              .formatted(topic, present, before));
    }
    if (present > before) {
      LOG.warn(
          "Topic {} has {} partitions; the first {} go on to be used, for keys must stay where they are",
          topic,
          present,
          before);
    }
    return before;
  }

  private int partitionsOf(String topic) throws InterruptedException {
    try {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .size();
    } catch (ExecutionException e) {
      throw new CaptureException(
          "The brokers do not say how many partitions topic `%s` has: %s"
              .formatted(topic, e.getCause().getMessage()),
          e);
    }
  }

  /**
   * The same records in their order, each for a partition of its own: that of its key by the hash
   * that Kafka's producers use, with a copy for each partition in place of one that is for every
   * partition. Their topics must have been ensured.
   */
  public List<OutgoingRecord> onTheirPartitions(List<OutgoingRecord> records) {
    List<OutgoingRecord> placed = new ArrayList<>(records.size());
    keyless++;
    for (OutgoingRecord record : records) {
      int count = changePartitions.get(record.topic());
      if (record.partition() == OutgoingRecord.EVERY) {
        IntStream.range(0, count).forEach(partition -> placed.add(record.on(partition)));
      } else if (record.partition() == OutgoingRecord.BY_KEY) {
        int hash = record.key() == null ? keyless : Utils.murmur2(record.key());
        placed.add(record.on(Utils.toPositive(hash) % count));
      } else {
        placed.add(record);
      }
    }
    return placed;
  }

  /** The present end of every partition of every change topic that was ensured. */
  public Map<String, Map<Integer, Long>> nextOffsets() throws InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    changePartitions.forEach(
        (topic, count) ->
            IntStream.range(0, count)
                .forEach(p -> latest.put(new TopicPartition(topic, p), OffsetSpec.latest())));
    try {
      Map<String, Map<Integer, Long>> next = new TreeMap<>();
      admin
          .listOffsets(latest)
          .all()
          .get()
          .forEach(
              (partition, end) ->
                  next.computeIfAbsent(partition.topic(), t -> new HashMap<>())
                      .put(partition.partition(), end.offset()));
      return next;
    } catch (ExecutionException e) {
      throw new CaptureException(
          "The brokers do not say where the topics end: " + e.getCause().getMessage(), e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
