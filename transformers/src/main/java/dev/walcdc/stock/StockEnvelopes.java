package dev.walcdc.stock;

import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Turns records that stock Debezium's JSON converter wrote into what capture writes, so that one
 * normalizer serves both.
 *
 * <p>With inline schemas, types are Connect's and Debezium's, and PostgreSQL's own where {@code
 * column.propagate.source.type} adds them. Without schemas every column is text: no rule that looks
 * at values would stay right, since {@code 7} may be followed by {@code 7.5}, and {@code "7"} may
 * be a text or a number that was written exactly.
 *
 * <p>What such records do not say: an epoch, which is 1; a number of the schema, for which the LSN
 * of the first record under it stands, so that it rises with each change and a restart finds none
 * that is lower; an ordinal among rows of one LSN, for which the record's place on the log stands
 * in a table without a key.
 *
 * <p>Safe for use by several threads, one for each topic at a time.
 */
public final class StockEnvelopes {

  private static final int EPOCH = 1;

  /** A topic has fewer partitions than this. */
  private static final long PARTITIONS = 1L << 10;

  private final Map<String, Known> known = new ConcurrentHashMap<>();

  /** The schema that a topic's records had last. */
  private record Known(
      ByteBuffer inline, List<String> key, StockLayout layout, TableSchema schema) {}

  /** Records under one schema, while they are gathered. */
  private static final class Gathered {
    private Known under;
    private final List<LogRecord> records = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();

    private StockBatch batch() {
      return new StockBatch(
          under == null ? null : under.schema(), List.copyOf(records), List.copyOf(refusals));
    }
  }

  /**
   * Turns records of one topic.
   *
   * @return one after the other, cut where the schema changes
   */
  public List<StockBatch> turn(String topic, List<LogRecord> records) {
    List<StockBatch> batches = new ArrayList<>();
    Gathered gathered = new Gathered();
    gathered.under = known.get(topic);
    for (LogRecord record : records) {
      Known under = gathered.under;
      LogRecord turned = record;
      Refusal refusal = null;
      if (record.isChange()) {
        try {
          under = schemaOf(topic, record, gathered.under);
          turned = turned(record, under);
        } catch (IOException e) {
          refusal = refusal(topic, record, e);
        }
      }
      if (under != gathered.under && !gathered.records.isEmpty() && gathered.under != null) {
        batches.add(gathered.batch());
        gathered = new Gathered();
      }
      gathered.under = under;
      gathered.records.add(turned);
      if (refusal != null) {
        gathered.refusals.add(refusal);
      }
    }
    if (gathered.under != null) {
      known.put(topic, gathered.under);
    }
    batches.add(gathered.batch());
    return batches;
  }

  private static Refusal refusal(String topic, LogRecord record, IOException e) {
    return new Refusal(
        record.partition(),
        record.offset(),
        "Record at offset %d of %s-%d names no schema in header `walcdc.schema`, and cannot be read as what stock Debezium writes: %s"
            .formatted(record.offset(), topic, record.partition(), e.getMessage()));
  }

  /** The very same object as long as nothing changes. */
  private static Known schemaOf(String topic, LogRecord record, Known last) throws IOException {
    StockEnvelope envelope = StockEnvelope.of(record.value());
    if (envelope.rowColumns().isEmpty()) { // A TRUNCATE: it has no key either.
      if (last == null) {
        throw new IOException("it has no row, and none came before it to tell columns and key");
      }
      return last;
    }
    List<String> key = StockEnvelope.keyColumns(record.key());
    if (last != null && last.key().equals(key) && sameColumns(envelope, last)) {
      return last;
    }
    StockLayout layout =
        envelope.inline() != null
            ? StockEnvelope.layout(envelope.inline(), key)
            : StockLayout.untyped(envelope.rowColumns(), key);
    if (last != null && last.layout().equals(layout)) {
      return last;
    }
    String[] parts = topic.split("\\.", 3);
    String schema = envelope.schema() != null ? envelope.schema() : parts[parts.length - 2];
    String table = envelope.table() != null ? envelope.table() : parts[parts.length - 1];
    ByteBuffer inline = envelope.inline() == null ? null : ByteBuffer.wrap(copy(envelope.inline()));
    try {
      return new Known(
          inline, key, layout, layout.schema(schema, table, EPOCH, Math.max(1, envelope.lsn())));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static boolean sameColumns(StockEnvelope envelope, Known last) {
    return envelope.inline() != null
        ? envelope.inline().equals(last.inline())
        : last.inline() == null
            && last.schema().columns().stream()
                .map(column -> column.name())
                .toList()
                .equals(envelope.rowColumns());
  }

  private static byte[] copy(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return copy;
  }

  private static LogRecord turned(LogRecord record, Known under) throws IOException {
    long ordinal = under.layout().hasKey() ? 0 : record.offset() * PARTITIONS + record.partition();
    return new LogRecord(
        record.partition(),
        record.offset(),
        record.key(),
        StockEnvelope.turned(record.value(), under.layout()),
        ordinal,
        record.fence(),
        record.headers(),
        record.unsettled());
  }
}
