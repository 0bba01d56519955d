package dev.walcdc.changelog;

import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The schemas topic: every schema that was ever captured, by its fingerprint. Reads the topic only
 * when it is asked for one that it does not know yet. Safe for use by several threads.
 */
public final class SchemaLog {

  private final CompactedTopic topic;
  private final Map<String, TableSchema> byFingerprint = new ConcurrentHashMap<>();

  public SchemaLog(KafkaConnection connection, String topic) {
    this.topic = new CompactedTopic(connection, topic);
  }

  /**
   * The schema with this fingerprint.
   *
   * @return empty if the topic does not hold it up to its present end
   * @throws org.apache.kafka.common.KafkaException if the brokers do not answer
   */
  public Optional<TableSchema> find(String fingerprint) {
    if (!byFingerprint.containsKey(fingerprint)) {
      refresh();
    }
    return Optional.ofNullable(byFingerprint.get(fingerprint));
  }

  /** All schemas up to the topic's present end, in no order. */
  public Collection<TableSchema> all() {
    refresh();
    return List.copyOf(byFingerprint.values());
  }

  private synchronized void refresh() {
    topic.readToEnd(
        (fingerprint, schema) -> {
          if (schema != null) {
            byFingerprint.put(
                new String(fingerprint, StandardCharsets.US_ASCII), TableSchema.fromJson(schema));
          }
        });
  }
}
