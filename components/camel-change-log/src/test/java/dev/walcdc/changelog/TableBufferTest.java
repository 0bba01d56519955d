package dev.walcdc.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableBufferTest {

  private final ChangeLogConfiguration limits = new ChangeLogConfiguration();
  private TableBuffer buffer;
  private long offset;

  @BeforeEach
  void small() {
    limits.setBatchRecords(3);
    limits.setBatchInterval(100);
    buffer = new TableBuffer(limits);
  }

  @Test
  void anEmptyOneIsNeverDue() {
    assertThat(buffer.nanosUntilDue(5)).isEqualTo(Long.MAX_VALUE);
    assertThat(buffer.isAhead()).isFalse();
    assertThat(buffer.bytes()).isZero();
  }

  @Test
  void waitsForOthersAsLongAsTheIntervalSinceTheFirst() {
    add("s1", 10, 1_000);
    add("s1", 10, 90_000_000);

    long interval = TimeUnit.MILLISECONDS.toNanos(100);
    assertThat(buffer.nanosUntilDue(1_000)).isEqualTo(interval);
    assertThat(buffer.nanosUntilDue(90_000_000)).isEqualTo(interval + 1_000 - 90_000_000);
    assertThat(buffer.nanosUntilDue(interval + 1_000)).isZero();
    assertThat(buffer.nanosUntilDue(interval * 9)).isZero();
    assertThat(buffer.take().records()).hasSize(2);
  }

  @Test
  void worksWithAClockThatIsNegative() {
    add("s1", 10, Long.MAX_VALUE - 10);

    assertThat(buffer.nanosUntilDue(Long.MIN_VALUE)).isPositive();
    assertThat(buffer.nanosUntilDue(Long.MIN_VALUE + TimeUnit.MILLISECONDS.toNanos(100))).isZero();
  }

  @Test
  void cutsWhenABatchHasItsRecords() {
    for (int i = 0; i < 7; i++) {
      add("s1", 10, 0);
    }

    assertThat(buffer.nanosUntilDue(0)).isZero();
    assertThat(buffer.isAhead()).isTrue();
    assertThat(buffer.take().records()).extracting(LogRecord::offset).containsExactly(0L, 1L, 2L);
    assertThat(buffer.take().records()).extracting(LogRecord::offset).containsExactly(3L, 4L, 5L);
    assertThat(buffer.isAhead()).isFalse();
    assertThat(buffer.nanosUntilDue(0)).isPositive();
    assertThat(buffer.take().records()).extracting(LogRecord::offset).containsExactly(6L);
  }

  @Test
  void cutsWhenABatchHasItsBytes() {
    limits.setBatchRecords(1_000);
    limits.setBatchBytes(1_000);
    for (int i = 0; i < 4; i++) {
      add("s1", 400, 0);
    }

    assertThat(buffer.take().records()).hasSize(2);
    assertThat(buffer.take().records()).hasSize(2);
  }

  @Test
  void takesARecordLargerThanABatch() {
    limits.setBatchBytes(10);
    add("s1", 400, 0);
    add("s1", 400, 0);

    assertThat(buffer.take().records()).hasSize(1);
    assertThat(buffer.take().records()).hasSize(1);
  }

  @Test
  void cutsBetweenSchemasAndAtRecordsWithoutOne() {
    add("s1", 10, 0);
    add("s2", 10, 0);
    add("s2", 10, 0);
    add(null, 10, 0);
    add("s1", 10, 0);

    assertThat(buffer.nanosUntilDue(0)).as("no more can come to the first").isZero();
    assertThat(buffer.take().fingerprint()).isEqualTo("s1");
    TableBuffer.Stretch second = buffer.take();
    assertThat(second.fingerprint()).isEqualTo("s2");
    assertThat(second.records()).hasSize(2);
    assertThat(buffer.take().fingerprint()).isNull();
    assertThat(buffer.take().fingerprint()).isEqualTo("s1");
  }

  @Test
  void countsWhatItHolds() {
    add("s1", 10, 0);
    long one = buffer.bytes();
    assertThat(one).isGreaterThan(10);
    add("s2", 10, 0);
    assertThat(buffer.bytes()).isEqualTo(2 * one);

    assertThat(buffer.take().bytes()).isEqualTo(one);
    assertThat(buffer.bytes()).isEqualTo(one);
    buffer.clear();
    assertThat(buffer.bytes()).isZero();
    assertThat(buffer.nanosUntilDue(0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void keepsTheRecordAsItLiesOnTheLog() {
    ConsumerRecord<byte[], byte[]> record = record("s1", 3);
    record.headers().add(header(RecordHeaders.ORDINAL, "12345678901"));
    record.headers().add(header(RecordHeaders.FENCE, "65535"));
    buffer.add(record, 0);

    LogRecord kept = buffer.take().records().get(0);

    assertThat(kept.partition()).isEqualTo(2);
    assertThat(kept.key()).isSameAs(record.key());
    assertThat(kept.value()).isSameAs(record.value());
    assertThat(kept.ordinal()).isEqualTo(12_345_678_901L);
    assertThat(kept.fence()).isEqualTo(Erasure.below(Version.ofSnapshot(65_535)));
  }

  @Test
  void takesKeysAndValuesThatAreNull() {
    buffer.add(
        new ConsumerRecord<>(
            "log.app.t",
            0,
            7,
            0,
            TimestampType.CREATE_TIME,
            ConsumerRecord.NULL_SIZE,
            ConsumerRecord.NULL_SIZE,
            null,
            null,
            new org.apache.kafka.common.header.internals.RecordHeaders(),
            Optional.empty()),
        0);

    assertThat(buffer.bytes()).isPositive();
    assertThat(buffer.take().records().get(0).value()).isNull();
  }

  @Test
  void refusesAnOrdinalThatIsNoNumber() {
    ConsumerRecord<byte[], byte[]> record = record("s1", 3);
    record.headers().add(header(RecordHeaders.ORDINAL, "x"));

    assertThatThrownBy(() -> buffer.add(record, 0)).isInstanceOf(NumberFormatException.class);
  }

  private void add(String schema, int size, long nowNanos) {
    buffer.add(record(schema, size), nowNanos);
  }

  private ConsumerRecord<byte[], byte[]> record(String schema, int size) {
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>(
            "log.app.t",
            2,
            offset++,
            0,
            TimestampType.CREATE_TIME,
            0,
            size,
            new byte[0],
            new byte[size],
            new org.apache.kafka.common.header.internals.RecordHeaders(),
            Optional.empty());
    if (schema != null) {
      record.headers().add(header(RecordHeaders.SCHEMA, schema));
    }
    return record;
  }

  private static RecordHeader header(String name, String value) {
    return new RecordHeader(name, value.getBytes(StandardCharsets.US_ASCII));
  }
}
