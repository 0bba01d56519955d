package dev.walcdc.changelog;

import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.changelog.Quarantine.Origin;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.stock.StockBatch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The next records of a topic: they go through the route, and what the route refuses goes to
 * quarantine.
 */
final class BatchTask implements DeliveryTask {

  private final String topic;
  private final int partitions;
  private final TableBuffer.Stretch stretch;
  private final SchemaLog schemas;
  private final UnnamedRecords unnamed;
  private final Quarantine quarantine;
  private final BatchDelivery.Route route;
  private final ChangeLogConfiguration limits;
  private long unknownSinceNanos;

  /**
   * @param partitions how many partitions the topic has
   */
  BatchTask(
      String topic,
      int partitions,
      TableBuffer.Stretch stretch,
      SchemaLog schemas,
      UnnamedRecords unnamed,
      Quarantine quarantine,
      BatchDelivery.Route route,
      ChangeLogConfiguration limits) {
    this.topic = topic;
    this.partitions = partitions;
    this.stretch = stretch;
    this.schemas = schemas;
    this.unnamed = unnamed;
    this.quarantine = quarantine;
    this.route = route;
    this.limits = limits;
  }

  @Override
  public void run() throws Exception {
    if (stretch.fingerprint() == null) {
      deliverUnnamed();
      return;
    }
    Optional<TableSchema> schema = schemas.find(stretch.fingerprint());
    if (schema.isEmpty()) {
      waitForSchema();
    } else {
      Origin origin = Origin.of(topic, stretch.fingerprint(), schema.get());
      deliver(origin, quarantine.admit(origin, stretch.records()), true);
    }
  }

  private void deliverUnnamed() throws Exception {
    for (StockBatch batch : unnamed.turn(topic, stretch.records())) {
      Origin origin = Origin.turned(topic, batch.schema(), stretch.records());
      List<LogRecord> records =
          batch.schema() == null
              ? quarantine.known(topic, batch.records())
              : quarantine.admit(origin, batch.records());
      List<Refusal> refusals = notYetRefused(batch.refusals(), records);
      if (!refusals.isEmpty()) {
        records = quarantine.refuse(origin, records, new RefusedChangesException(refusals));
      }
      if (batch.schema() != null) {
        deliver(origin, quarantine.admit(origin, records), refusals.isEmpty());
      }
    }
  }

  private List<Refusal> notYetRefused(List<Refusal> refusals, List<LogRecord> records) {
    Set<LetterId> changes = new HashSet<>();
    records.stream()
        .filter(LogRecord::isChange)
        .forEach(record -> changes.add(quarantine.id(topic, record)));
    return refusals.stream()
        .filter(r -> changes.contains(quarantine.id(topic, r.partition(), r.offset())))
        .toList();
  }

  private void deliver(Origin origin, List<LogRecord> admitted, boolean asItCame) throws Exception {
    List<LogRecord> records = admitted;
    boolean clean = asItCame;
    while (true) {
      try {
        route.take(new LogBatch(topic, origin.schema(), records, false, partitions));
        if (clean) {
          quarantine.passed(topic);
        }
        return;
      } catch (Exception e) {
        RefusedChangesException refused = Refusals.in(e).orElseThrow(() -> e);
        clean = false;
        records = quarantine.admit(origin, quarantine.refuse(origin, records, refused));
      }
    }
  }

  /**
   * The producer makes a schema durable before it names it, so a missing one is only late, or the
   * records are not what they seem to be.
   */
  private void waitForSchema() {
    String problem = problem();
    long now = System.nanoTime();
    unknownSinceNanos = unknownSinceNanos == 0 ? now : unknownSinceNanos;
    boolean late =
        now - unknownSinceNanos < TimeUnit.MILLISECONDS.toNanos(limits.getSchemaTimeout());
    boolean fenced = stretch.records().stream().anyMatch(record -> record.fence() != null);
    if (late || fenced) {
      throw new IllegalStateException(problem);
    }
    Origin origin = Origin.of(topic, stretch.fingerprint(), null);
    List<LogRecord> records = quarantine.known(topic, stretch.records());
    List<Refusal> refusals =
        records.stream()
            .filter(LogRecord::isChange)
            .map(record -> new Refusal(record.partition(), record.offset(), problem))
            .toList();
    if (!refusals.isEmpty()) {
      quarantine.refuse(origin, records, new RefusedChangesException(refusals));
    }
  }

  private String problem() {
    return "Schema %s, which records of topic `%s` from offset %d on name, is not on topic `%s`: it is late, or another producer wrote them"
        .formatted(
            stretch.fingerprint(),
            topic,
            stretch.records().get(0).offset(),
            limits.getSchemasTopic());
  }

  @Override
  public long bytes() {
    return stretch.bytes();
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> nextOffsets() {
    Map<Integer, Long> last = new HashMap<>();
    for (LogRecord record : stretch.records()) {
      last.put(record.partition(), record.offset());
    }
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    last.forEach(
        (partition, offset) ->
            next.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset + 1)));
    return next;
  }
}
