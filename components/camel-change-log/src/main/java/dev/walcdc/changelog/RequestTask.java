package dev.walcdc.changelog;

import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.stock.StockBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/**
 * What was asked for about the letters of a topic: those to be dropped are closed, those to be
 * replayed go through the route in the log's order, and no position moves. A key whose letter is
 * refused again stays dirty, with what comes after that letter. A crash repeats the replay: the
 * letters are open until the sink has applied them, and a change that is applied twice has the
 * effect of one.
 */
final class RequestTask implements DeliveryTask {

  private final String topic;
  private final SchemaLog schemas;
  private final UnnamedRecords unnamed;
  private final Quarantine quarantine;
  private final BatchDelivery.Route route;
  private final ChangeLogConfiguration limits;

  RequestTask(
      String topic,
      SchemaLog schemas,
      UnnamedRecords unnamed,
      Quarantine quarantine,
      BatchDelivery.Route route,
      ChangeLogConfiguration limits) {
    this.topic = topic;
    this.schemas = schemas;
    this.unnamed = unnamed;
    this.quarantine = quarantine;
    this.route = route;
    this.limits = limits;
  }

  @Override
  public void run() throws Exception {
    Collection<LetterRequest> requests = quarantine.requests(topic);
    quarantine.drop(topic);
    SortedMap<LetterId, Letter> letters = quarantine.toReplay(topic);
    Map<Letter, String> refused = new LinkedHashMap<>();
    for (TableBuffer.Stretch stretch : stretches(letters.values(), refused)) {
      replay(stretch, letters, refused);
    }
    quarantine.refusedAgain(refused);
    quarantine.answer(requests);
  }

  /** Cuts the letters as the log's records are cut, where their schema changes. */
  private List<TableBuffer.Stretch> stretches(
      Collection<Letter> letters, Map<Letter, String> refused) {
    TableBuffer buffer = new TableBuffer(limits);
    for (Letter letter : letters) {
      if (letter.value().length == 0) {
        refused.put(letter, "The letter holds no bytes to replay: resync the row");
      } else {
        buffer.add(record(letter), System.nanoTime());
      }
    }
    List<TableBuffer.Stretch> stretches = new ArrayList<>();
    while (buffer.bytes() > 0) {
      stretches.add(buffer.take());
    }
    return stretches;
  }

  private static ConsumerRecord<byte[], byte[]> record(Letter letter) {
    RecordHeaders headers = new RecordHeaders();
    letter.headers().forEach(headers::add);
    byte[] key = letter.key();
    return new ConsumerRecord<>(
        letter.id().topic(),
        letter.id().partition(),
        letter.id().offset(),
        ConsumerRecord.NO_TIMESTAMP,
        TimestampType.NO_TIMESTAMP_TYPE,
        key == null ? ConsumerRecord.NULL_SIZE : key.length,
        letter.value().length,
        key,
        letter.value(),
        headers,
        Optional.empty());
  }

  private void replay(
      TableBuffer.Stretch stretch, Map<LetterId, Letter> letters, Map<Letter, String> refused)
      throws Exception {
    if (stretch.fingerprint() != null) {
      Optional<TableSchema> schema = schemas.find(stretch.fingerprint());
      replay(schema.orElse(null), stretch.records(), letters, refused);
      return;
    }
    for (StockBatch batch : unnamed.turn(topic, stretch.records())) {
      batch
          .refusals()
          .forEach(
              refusal ->
                  refused.put(
                      letters.get(quarantine.id(topic, refusal.partition(), refusal.offset())),
                      refusal.reason()));
      replay(batch.schema(), batch.records(), letters, refused);
    }
  }

  /** Replays records under one schema; null where it is still not known. */
  private void replay(
      TableSchema schema,
      List<LogRecord> records,
      Map<LetterId, Letter> letters,
      Map<Letter, String> refused)
      throws Exception {
    Map<LogRecord, Letter> toApply = new LinkedHashMap<>();
    Set<ByteBuffer> held = keys(refused.keySet());
    for (LogRecord record : records) {
      Letter letter = letters.get(quarantine.id(topic, record));
      boolean waits =
          schema == null
              || refused.containsKey(letter)
              || (record.key() != null && held.contains(ByteBuffer.wrap(record.key())));
      if (waits) {
        refused.putIfAbsent(letter, letter.reason());
      } else {
        toApply.put(record.asUnsettled(), letter);
      }
    }
    while (!toApply.isEmpty()) {
      try {
        route.take(new LogBatch(topic, schema, List.copyOf(toApply.keySet()), true, 0));
        quarantine.replayed(toApply.values());
        return;
      } catch (Exception e) {
        takeOut(Refusals.in(e).orElseThrow(() -> e), toApply, refused);
      }
    }
  }

  /** A refused letter holds back the others of its key. */
  private void takeOut(
      RefusedChangesException e, Map<LogRecord, Letter> toApply, Map<Letter, String> refused) {
    Map<LetterId, String> reasons = new HashMap<>();
    e.refusals()
        .forEach(
            refusal ->
                reasons.put(
                    quarantine.id(topic, refusal.partition(), refusal.offset()), refusal.reason()));
    Map<Letter, String> named = new LinkedHashMap<>();
    toApply
        .values()
        .forEach(
            letter -> {
              if (reasons.containsKey(letter.id())) {
                named.put(letter, reasons.get(letter.id()));
              }
            });
    if (named.isEmpty()) {
      throw new IllegalStateException(
          "Letters of topic `%s` were refused that were not replayed".formatted(topic), e);
    }
    Set<ByteBuffer> keys = keys(named.keySet());
    toApply
        .values()
        .removeIf(
            letter -> {
              boolean out =
                  named.containsKey(letter)
                      || (letter.key() != null && keys.contains(ByteBuffer.wrap(letter.key())));
              if (out) {
                refused.put(letter, named.getOrDefault(letter, letter.reason()));
              }
              return out;
            });
  }

  private static Set<ByteBuffer> keys(Collection<Letter> letters) {
    Set<ByteBuffer> keys = new HashSet<>();
    for (Letter letter : letters) {
      if (letter.key() != null) {
        keys.add(ByteBuffer.wrap(letter.key()));
      }
    }
    return keys;
  }

  /** Letters are read from their topic for each try, and a few at a time are asked for. */
  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> nextOffsets() {
    return Map.of();
  }
}
