package dev.walcdc.changelog;

import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.TopicNames;
import dev.walcdc.stock.StockBatch;
import dev.walcdc.stock.StockEnvelopes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What to make of records that name no schema: stock Debezium wrote them, unless capture writes the
 * topic. Then they are somebody else's, and their guessed schema would compete with the true one.
 * Safe for use by several threads.
 */
final class UnnamedRecords {

  private final String topicPrefix;
  private final SchemaLog schemas;
  private final StockEnvelopes stock = new StockEnvelopes();

  /** Decided when a topic has such records for the first time. */
  private final Map<String, Boolean> captured = new ConcurrentHashMap<>();

  UnnamedRecords(String topicPrefix, SchemaLog schemas) {
    this.topicPrefix = topicPrefix;
    this.schemas = schemas;
  }

  /** The records as capture would have written them, cut where their schema changes. */
  List<StockBatch> turn(String topic, List<LogRecord> records) {
    if (!captured.computeIfAbsent(topic, this::isCaptured)) {
      return stock.turn(topic, records);
    }
    List<Refusal> refusals =
        records.stream()
            .filter(LogRecord::isChange)
            .map(
                record ->
                    new Refusal(
                        record.partition(),
                        record.offset(),
                        "Record at offset %d of %s-%d names no schema in header `walcdc.schema`, as capture's records of this topic do: another producer wrote it"
                            .formatted(record.offset(), topic, record.partition())))
            .toList();
    return List.of(new StockBatch(null, records, refusals));
  }

  private boolean isCaptured(String topic) {
    return schemas.all().stream()
        .anyMatch(
            schema -> TopicNames.of(topicPrefix, schema.schema(), schema.table()).equals(topic));
  }
}
