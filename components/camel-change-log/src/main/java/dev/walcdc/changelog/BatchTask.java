package dev.walcdc.changelog;

import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.changelog.Quarantine.Origin;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The next records of a topic: they go through the route, and what the route refuses goes to
 * quarantine.
 */
final class BatchTask implements DeliveryTask {

  private final String topic;
  private final TableBuffer.Stretch stretch;
  private final SchemaLog schemas;
  private final Quarantine quarantine;
  private final BatchDelivery.Route route;
  private final ChangeLogConfiguration limits;
  private long unknownSinceNanos;

  BatchTask(
      String topic,
      TableBuffer.Stretch stretch,
      SchemaLog schemas,
      Quarantine quarantine,
      BatchDelivery.Route route,
      ChangeLogConfiguration limits) {
    this.topic = topic;
    this.stretch = stretch;
    this.schemas = schemas;
    this.quarantine = quarantine;
    this.route = route;
    this.limits = limits;
  }

  @Override
  public void run() throws Exception {
    Optional<TableSchema> schema = schema();
    if (schema.isEmpty()) {
      waitForSchema();
      return;
    }
    Origin origin = new Origin(topic, stretch.fingerprint(), schema.get());
    List<LogRecord> records = quarantine.admit(origin, stretch.records());
    boolean asItCame = true;
    while (true) {
      try {
        route.take(new LogBatch(topic, schema.get(), records));
        if (asItCame) {
          quarantine.passed(topic);
        }
        return;
      } catch (Exception e) {
        RefusedChangesException refused = Refusals.in(e).orElseThrow(() -> e);
        asItCame = false;
        records = quarantine.admit(origin, quarantine.refuse(origin, records, refused));
      }
    }
  }

  private Optional<TableSchema> schema() {
    String fingerprint = stretch.fingerprint();
    return fingerprint == null ? Optional.empty() : schemas.find(fingerprint);
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
    boolean fenced = stretch.records().stream().anyMatch(record -> record.fence() > 0);
    if (late || fenced) {
      throw new IllegalStateException(problem);
    }
    Origin origin = new Origin(topic, stretch.fingerprint(), null);
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
    long offset = stretch.records().get(0).offset();
    return stretch.fingerprint() == null
        ? "Records of topic `%s` from offset %d on name no schema in header `walcdc.schema`; only topics that this platform's capture wrote can be read"
            .formatted(topic, offset)
        : "Schema %s, which records of topic `%s` from offset %d on name, is not on topic `%s`: it is late, or another producer wrote them"
            .formatted(stretch.fingerprint(), topic, offset, limits.getSchemasTopic());
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
