package dev.walcdc.verify;

import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.changelog.TopicStretch;
import dev.walcdc.envelope.EnvelopeException;
import dev.walcdc.envelope.TracedRecord;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.KafkaException;

/**
 * What of a table's topic follows a moment of the source: reads on in it, and keeps what the moment
 * does not show. For one thread.
 */
final class LogWindow implements LogSince {

  private final LogAccess log;
  private final TopicStretch topic;
  private final SchemaLog schemas;
  private final SourceMoment moment;
  private final TablePlan plan;
  private final int epoch;
  private final Version since;
  private final SortedMap<Integer, Long> next;
  private final TouchedRows touched = new TouchedRows();
  private final Map<String, Decoder> decoders = new HashMap<>();
  private long records;

  /**
   * @param begin the moment, and where its changes begin
   */
  LogWindow(LogAccess log, TopicStretch topic, LogBegin begin) {
    this.log = log;
    this.topic = topic;
    this.schemas = new SchemaLog(log.brokers(), log.schemasTopic());
    this.moment = begin.moment();
    this.plan = moment.plan();
    this.epoch = begin.state().epoch();
    this.since = begin.since();
    this.next = new TreeMap<>(begin.offsets());
  }

  @Override
  public TouchedRows touched() {
    return touched;
  }

  /** Records that were read. */
  long records() {
    return records;
  }

  @Override
  public Version since() {
    return since;
  }

  @Override
  public SortedMap<Integer, Long> ends() {
    try {
      return topic.ends();
    } catch (KafkaException e) {
      throw log.failed(e);
    }
  }

  /** Whether there is no record between two places. */
  boolean isNothingBetween(Map<Integer, Long> from, Map<Integer, Long> to) {
    SortedMap<Integer, Long> first = new TreeMap<>();
    to.keySet().forEach(partition -> first.put(partition, from.getOrDefault(partition, 0L)));
    try {
      topic
          .begins()
          .forEach(
              (partition, begin) ->
                  first.computeIfPresent(partition, (p, offset) -> Math.max(offset, begin)));
      return topic.isEmpty(first, to);
    } catch (KafkaException e) {
      throw log.failed(e);
    }
  }

  @Override
  public void readTo(Map<Integer, Long> offsets) {
    try {
      topic.read(next, offsets, this::take);
    } catch (KafkaException e) {
      throw log.failed(e);
    }
    offsets.forEach((partition, offset) -> next.merge(partition, offset, Math::max));
    touched.begin(moment);
  }

  private void take(String fingerprint, LogRecord record) {
    records++;
    if (record.value() == null && record.fence() == null) {
      return; // A tombstone.
    }
    if (fingerprint == null) {
      throw new VerifyException(
          "Record at offset %d of topic `%s` names no schema: stock Debezium wrote it. Such a table cannot be compared with `--exact`; leave that out"
              .formatted(record.offset(), log.topicOf(plan)));
    }
    Decoder decoder = decoders.computeIfAbsent(fingerprint, this::decoder);
    if (record.fence() != null) {
      fence(record);
      return;
    }
    TracedRecord traced;
    try {
      traced = decoder.reader.read(record);
    } catch (EnvelopeException e) {
      throw new UndecidedException(
          "the record at offset %d is one that no sink can apply".formatted(record.offset()));
    }
    boolean shown = traced.txId() == null || moment.snapshot().shows(traced.txId());
    if (traced.change() != null && traced.change().point().operation() == Operation.READ) {
      read(decoder, record, traced.change(), shown);
    } else if (!shown) {
      changed(decoder, record, traced);
    }
  }

  private Decoder decoder(String fingerprint) {
    return new Decoder(
        schemas
            .find(fingerprint)
            .orElseThrow(
                () -> new UndecidedException("schema %s is not there yet".formatted(fingerprint))));
  }

  /** The rows of a table without a key are there twice until the fence. */
  private void fence(LogRecord record) {
    if (record.fence().below().epoch() > epoch || !plan.hasKey()) {
      throw new UndecidedException(
          "the table was read again, up to the fence at offset %d".formatted(record.offset()));
    }
  }

  private void read(Decoder decoder, LogRecord record, RowChange change, boolean shown) {
    Version version = change.version();
    if (version.equals(Version.ofSnapshot(version.epoch()))) {
      // Its own epoch's snapshot was over before the moment.
      if (version.epoch() > epoch) {
        throw new UndecidedException("epoch %d has begun".formatted(version.epoch()));
      }
      return;
    }
    if (!plan.hasKey()) {
      throw new UndecidedException("the table is being read again");
    }
    touched.reread(version);
    if (!shown) {
      decoder.add(record, change);
    }
  }

  private void changed(Decoder decoder, LogRecord record, TracedRecord traced) {
    if (traced.erasure() != null) {
      throw new UndecidedException("a TRUNCATE passed at offset %d".formatted(record.offset()));
    }
    RowChange change = traced.change();
    if (!plan.hasKey() && change.point().operation() != Operation.CREATE) {
      throw new UndecidedException(
          "an %s passed at offset %d, and in a table without a key no sink can tell of which row"
              .formatted(change.point().operation(), record.offset()));
    }
    decoder.add(record, change);
  }

  /** Reads records of one schema as rows of the plan. */
  private final class Decoder {
    private final TracedRecord.Reader reader;
    private final int[] places;
    private final CanonicalRow row = new CanonicalRow(plan.columns().size());
    private final CanonicalRow identity = new CanonicalRow(PlacedRows.KEYLESS_IDENTITY.size());

    private Decoder(TableSchema schema) {
      reader = new TracedRecord.Reader(schema);
      Map<String, Integer> indexes = schema.indexes();
      places =
          plan.columnNames().stream().mapToInt(name -> indexes.getOrDefault(name, -1)).toArray();
    }

    private void add(LogRecord record, RowChange change) {
      for (int place : places) {
        if (place < 0) {
          throw new UndecidedException("the table's columns changed");
        }
      }
      long[] columns = change.isDelete() ? null : columns(change.row());
      touched.add(
          identity(change),
          new RowState(record.partition(), record.offset(), change.version(), columns));
    }

    private long[] columns(Object[] values) {
      row.clear();
      for (int i = 0; i < places.length; i++) {
        Object value = values[places[i]];
        row.add(value == Unchanged.TOAST ? null : plan.columns().get(i).logText(value));
      }
      long[] columns = row.columnHashes();
      for (int i = 0; i < places.length; i++) {
        if (values[places[i]] == Unchanged.TOAST) {
          columns[i] = RowState.LEFT_OUT;
        }
      }
      return columns;
    }

    private RowKey identity(RowChange change) {
      identity.clear();
      if (!plan.hasKey()) {
        identity.add(Integer.toString(change.version().epoch()));
        identity.add(Long.toString(change.version().lsn()));
        identity.add(Long.toString(change.point().ordinal()));
        return identity.key(PlacedRows.KEYLESS_IDENTITY.size());
      }
      row.clear();
      for (int i = 0; i < plan.keyColumns(); i++) {
        row.add(plan.columns().get(i).logText(change.row()[places[i]]));
      }
      return row.key(plan.keyColumns());
    }
  }
}
