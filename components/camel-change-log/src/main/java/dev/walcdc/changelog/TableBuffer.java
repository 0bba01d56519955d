package dev.walcdc.changelog;

import dev.walcdc.log.LogRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Records of one topic that wait to be applied, cut into stretches that become a batch each: of one
 * schema, and no larger than a batch may be. Used by the reading thread alone.
 */
final class TableBuffer {

  /** Rough cost of a record in memory beyond its key and value. */
  private static final int RECORD_OVERHEAD_BYTES = 100;

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
    byte[] fingerprint = LogRecords.fingerprint(record);
    Stretch last = stretches.peekLast();
    if (last == null || isFull(last) || !Arrays.equals(last.fingerprint, fingerprint)) {
      last = new Stretch(fingerprint, nowNanos);
      stretches.addLast(last);
    }
    last.records.add(LogRecords.of(record));
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
}
