package dev.walcdc.changelog;

import dev.walcdc.change.Erasure;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Records of one topic that wait to be applied, cut into stretches that become a batch each: of one
 * schema, and no larger than a batch may be. Used by the reading thread alone.
 */
final class TableBuffer {

  /** Rough cost of a record in memory beyond its key and value. */
  private static final int RECORD_OVERHEAD_BYTES = 100;

  private static final Set<String> KNOWN =
      Set.of(RecordHeaders.SCHEMA, RecordHeaders.ORDINAL, RecordHeaders.FENCE);

  private final ChangeLogConfiguration limits;
  private final Deque<Stretch> stretches = new ArrayDeque<>();
  private long bytes;

  TableBuffer(ChangeLogConfiguration limits) {
    this.limits = limits;
  }

  /** Records that were written under one schema. */
  static final class Stretch {
    private final byte[] fingerprint;
    private final List<LogRecord> records = new ArrayList<>();
    private final long sinceNanos;
    private long bytes;

    private Stretch(byte[] fingerprint, long sinceNanos) {
      this.fingerprint = fingerprint;
      this.sinceNanos = sinceNanos;
    }

    /** What the records' header names; null where they carry none. */
    String fingerprint() {
      return fingerprint == null ? null : new String(fingerprint, StandardCharsets.US_ASCII);
    }

    List<LogRecord> records() {
      return records;
    }

    long bytes() {
      return bytes;
    }
  }

  /** Appends a record. */
  void add(ConsumerRecord<byte[], byte[]> record, long nowNanos) {
    byte[] fingerprint = value(record.headers(), RecordHeaders.SCHEMA);
    Stretch last = stretches.peekLast();
    if (last == null || isFull(last) || !Arrays.equals(last.fingerprint, fingerprint)) {
      last = new Stretch(fingerprint, nowNanos);
      stretches.addLast(last);
    }
    long ordinal = number(record.headers(), RecordHeaders.ORDINAL);
    byte[] fence = value(record.headers(), RecordHeaders.FENCE);
    last.records.add(
        new LogRecord(
            record.partition(),
            record.offset(),
            record.key(),
            record.value(),
            ordinal,
            fence == null ? null : Erasure.parse(new String(fence, StandardCharsets.UTF_8)),
            others(record.headers()),
            false));
    long size =
        RECORD_OVERHEAD_BYTES
            + Math.max(0, record.serializedKeySize())
            + Math.max(0, record.serializedValueSize());
    last.bytes += size;
    bytes += size;
  }

  /**
   * How long the first stretch may still wait for more records.
   *
   * @return 0 if it is to go now; {@link Long#MAX_VALUE} if there is none
   */
  long nanosUntilDue(long nowNanos) {
    Stretch first = stretches.peekFirst();
    if (first == null) {
      return Long.MAX_VALUE;
    }
    if (stretches.size() > 1 || isFull(first)) {
      return 0;
    }
    long interval = TimeUnit.MILLISECONDS.toNanos(limits.getBatchInterval());
    return Math.max(0, first.sinceNanos + interval - nowNanos);
  }

  /** Removes the first stretch and returns it. */
  Stretch take() {
    Stretch first = stretches.removeFirst();
    bytes -= first.bytes;
    return first;
  }

  /** Whether a further batch waits behind the one that goes next. */
  boolean isAhead() {
    return stretches.size() > 1;
  }

  long bytes() {
    return bytes;
  }

  void clear() {
    stretches.clear();
    bytes = 0;
  }

  private boolean isFull(Stretch stretch) {
    return stretch.records.size() >= limits.getBatchRecords()
        || stretch.bytes >= limits.getBatchBytes();
  }

  /** Nearly no record has any, and then nothing is made for it. */
  private static Map<String, byte[]> others(Headers headers) {
    Map<String, byte[]> others = Map.of();
    for (Header header : headers) {
      if (!KNOWN.contains(header.key()) && header.value() != null) {
        others = others.isEmpty() ? new HashMap<>() : others;
        others.put(header.key(), header.value());
      }
    }
    return others;
  }

  private static byte[] value(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null ? null : header.value();
  }

  private static long number(Headers headers, String name) {
    byte[] digits = value(headers, name);
    return digits == null ? 0 : Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }
}
