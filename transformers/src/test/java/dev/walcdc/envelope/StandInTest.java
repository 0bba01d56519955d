package dev.walcdc.envelope;

import static dev.walcdc.TestLog.KEYED;
import static dev.walcdc.TestLog.batch;
import static dev.walcdc.TestLog.envelope;
import static dev.walcdc.TestLog.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.log.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StandInTest {

  private static final int LIMIT = 1_000;
  private static final String LONG = "x".repeat(2_000);

  @Test
  void theRowBeforeGoesFirst() {
    OutgoingRecord record = record(envelope("u", row(1, LONG), row(1, "short"), 90, 100));

    OutgoingRecord standIn = StandIn.of(record, LIMIT);

    assertThat(StandIn.sizeOf(standIn)).isLessThanOrEqualTo(LIMIT);
    assertThat(standIn.oversized()).isZero();
    assertThat(normalized(standIn).row()).containsExactly(1L, "short");
  }

  @Test
  void aDeletionNeedsNoMoreThanItsKey() {
    OutgoingRecord standIn =
        StandIn.of(record(envelope("d", row(1, LONG), "null", 90, 100)), LIMIT);

    assertThat(standIn.oversized()).isZero();
    assertThat(normalized(standIn).isDelete()).isTrue();
    assertThat(normalized(standIn).row()[0]).isEqualTo(1L);
  }

  @Test
  void aRowWhoseValueIsMissingIsRefused() {
    OutgoingRecord record = record(envelope("u", row(1, LONG), row(1, LONG), 90, 100));

    OutgoingRecord standIn = StandIn.of(record, LIMIT);

    assertThat(StandIn.sizeOf(standIn)).isLessThanOrEqualTo(LIMIT);
    assertThat(standIn.oversized()).isEqualTo(StandIn.sizeOf(record));
    assertThat(new String(standIn.value(), StandardCharsets.UTF_8))
        .contains("\"after\":{\"id\":1,\"body\":\"__debezium_unavailable_value\"}")
        .contains("\"lsn\":100");
    assertThatThrownBy(() -> normalized(standIn))
        .isInstanceOf(RefusedChangesException.class)
        .hasMessageContaining("stands in for one of " + StandIn.sizeOf(record) + " bytes");
  }

  @Test
  void theKeyStaysAndSoDoesEverythingElse() {
    String json =
        "{\"before\":null,\"after\":{\"id\":\"%s\",\"n\":12345678901234567890.123,\"a\":[1,[2]],\"m\":{\"k\":null},\"b\":true,\"l\":[\"%s\"]},\"source\":{\"lsn\":5,\"x\":[1.50]},\"op\":\"c\"}"
            .formatted("k".repeat(200), LONG);
    OutgoingRecord record =
        new OutgoingRecord(
            "t",
            0,
            "{\"id\":\"k\"}".getBytes(StandardCharsets.UTF_8),
            json.getBytes(StandardCharsets.UTF_8),
            "f",
            3,
            null);

    OutgoingRecord standIn = StandIn.of(record, LIMIT);

    assertThat(new String(standIn.value(), StandardCharsets.UTF_8))
        .isEqualTo(json.replace(LONG, "__debezium_unavailable_value"));
    assertThat(standIn.ordinal()).isEqualTo(3);
    assertThat(standIn.schema()).isEqualTo("f");
  }

  private static OutgoingRecord record(byte[] value) {
    byte[] key = "{\"id\":1}".getBytes(StandardCharsets.UTF_8);
    return new OutgoingRecord("t", 0, key, value, KEYED.fingerprint(), 0, null);
  }

  private static RowChange normalized(OutgoingRecord record) {
    Map<String, byte[]> headers =
        record.oversized() == 0
            ? Map.of()
            : Map.of(
                RecordHeaders.OVERSIZED,
                Long.toString(record.oversized()).getBytes(StandardCharsets.US_ASCII));
    LogRecord onLog = new LogRecord(0, 0, record.key(), record.value(), 0, null, headers, false);
    LogBatch batch = batch(KEYED, onLog);
    return new EnvelopeNormalizer().normalize(batch).changes().get(0);
  }
}
