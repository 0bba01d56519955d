package dev.walcdc.stock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.envelope.EnvelopeNormalizer;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.PostgresType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StockEnvelopesTest {

  private static final String TOPIC = "stock.app.t";

  private final StockEnvelopes stock = new StockEnvelopes();

  @Test
  void withoutASchemaEveryColumnIsTheTextOfItsValue() {
    LogRecord record =
        record(
            0,
            "{\"id\":7}",
            plain(
                "c",
                "null",
                "{\"id\":7,\"n\":1.50,\"e\":1E+3,\"b\":true,\"s\":\"x\",\"z\":null,\"a\":[1, 2]}",
                50));

    StockBatch batch = only(stock.turn(TOPIC, List.of(record)));

    assertThat(batch.schema().key()).containsExactly("id");
    assertThat(batch.schema().qualifiedName()).isEqualTo("app.t");
    assertThat(batch.schema().columns())
        .allSatisfy(column -> assertThat(column.type()).isEqualTo(PostgresType.of("text")));
    assertThat(rows(batch).get(0).row())
        .containsExactly("7", "1.50", "1E+3", "true", "x", null, "[1,2]");
  }

  /** An integer may be followed by a fraction, a number by a text: the rule must not care. */
  @Test
  void theTypeOfUntypedColumnsNeverChanges() {
    List<StockBatch> batches =
        stock.turn(
            TOPIC,
            List.of(
                record(0, "{\"id\":7}", plain("c", "null", "{\"id\":7,\"n\":1}", 50)),
                record(1, "{\"id\":8}", plain("c", "null", "{\"id\":8,\"n\":\"NaN\"}", 60)),
                record(2, "{\"id\":9}", plain("c", "null", "{\"id\":9,\"n\":2.5}", 70))));

    assertThat(rows(only(batches)))
        .extracting(change -> change.row()[1])
        .containsExactly("1", "NaN", "2.5");
  }

  @Test
  void anInlineSchemaGivesTheTypes() {
    String fields =
        """
        {"type":"int64","optional":false,"field":"id"},
        {"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2","connect.decimal.precision":"10"},"field":"price"},
        {"type":"struct","fields":[{"type":"int32","field":"scale"},{"type":"bytes","field":"value"}],"optional":true,"name":"io.debezium.data.VariableScaleDecimal","field":"any"},
        {"type":"int64","optional":true,"name":"io.debezium.time.Timestamp","field":"ms"},
        {"type":"int64","optional":true,"name":"io.debezium.time.MicroTimestamp","field":"us"},
        {"type":"int64","optional":true,"name":"io.debezium.time.NanoTimestamp","field":"ns"},
        {"type":"int32","optional":true,"name":"io.debezium.time.Date","field":"day"},
        {"type":"string","optional":true,"name":"io.debezium.time.ZonedTimestamp","field":"at"},
        {"type":"string","optional":true,"name":"io.debezium.data.Uuid","field":"u"},
        {"type":"bytes","optional":true,"field":"bin"},
        {"type":"boolean","optional":true,"field":"ok"},
        {"type":"double","optional":true,"field":"d"},
        {"type":"string","optional":true,"parameters":{"__debezium.source.column.type":"NUMERIC","__debezium.source.column.length":"9","__debezium.source.column.scale":"3"},"field":"exact"},
        {"type":"string","optional":true,"parameters":{"__debezium.source.column.type":"VARCHAR","__debezium.source.column.length":"20"},"field":"v"}""";
    String row =
        """
        {"id":1,"price":"BNI=","any":{"scale":3,"value":"AQ=="},"ms":1000,"us":1000001,"ns":5000,"day":10,"at":"1970-01-01T00:00:01Z","u":"00000000-0000-0000-0000-000000000001","bin":"AQI=","ok":true,"d":0.5,"exact":"1.5","v":"x"}""";

    StockBatch batch = only(stock.turn(TOPIC, List.of(inline(0, "c", fields, row))));

    assertThat(batch.schema().columns().get(1).type())
        .isEqualTo(new PostgresType("numeric", 10, 2));
    assertThat(batch.schema().columns().get(12).type())
        .isEqualTo(new PostgresType("numeric", 9, 3));
    assertThat(batch.schema().columns().get(13).type())
        .isEqualTo(new PostgresType("varchar", 20, -1));
    assertThat(batch.schema().columns().get(0).nullable()).isFalse();
    assertThat(rows(batch).get(0).row())
        .containsExactly(
            1L,
            new BigDecimal("12.34"),
            "0.001",
            1_000_000L,
            1_000_001L,
            5L,
            10,
            1_000_000L,
            new UUID(0, 1),
            new byte[] {1, 2},
            true,
            0.5,
            new BigDecimal("1.500"),
            "x");
  }

  @Test
  void aSchemaThatChangesCutsTheRecordsAndItsNumberRises() {
    String one = "{\"type\":\"int64\",\"optional\":false,\"field\":\"id\"}";
    String two = one + ",{\"type\":\"string\",\"optional\":true,\"field\":\"s\"}";
    List<StockBatch> batches =
        stock.turn(
            TOPIC,
            List.of(
                inline(10, "c", one, "{\"id\":1}"),
                new LogRecord(0, 11, new byte[0], null, 0, null),
                inline(12, "c", two, "{\"id\":1,\"s\":\"x\"}"),
                inline(13, "c", two, "{\"id\":1,\"s\":\"y\"}")));

    assertThat(batches).hasSize(2);
    assertThat(batches.get(0).records()).hasSize(2);
    assertThat(batches.get(1).records()).hasSize(2);
    assertThat(batches.get(1).schema().sequence())
        .isGreaterThan(batches.get(0).schema().sequence());
    // The next batch goes on under the same one.
    StockBatch next =
        only(stock.turn(TOPIC, List.of(inline(14, "c", two, "{\"id\":1,\"s\":\"z\"}"))));
    assertThat(next.schema()).isEqualTo(batches.get(1).schema());
  }

  @Test
  void whatIsNoEnvelopeIsRefusedAndTheRestIsRead() {
    List<StockBatch> batches =
        stock.turn(
            TOPIC,
            List.of(
                record(0, "{\"id\":1}", "{\"id\":1,\"n\":2}"), // ExtractNewRecordState
                record(1, "{\"id\":1}", plain("c", "null", "{\"id\":1}", 50)),
                record(2, "{\"id\":1}", "{\"op\":\"c\",\"aft")));

    StockBatch batch = only(batches);
    assertThat(batch.refusals()).extracting(refusal -> refusal.offset()).containsExactly(0L, 2L);
    assertThat(batch.refusals().get(0).reason()).contains("ExtractNewRecordState must be off");
    assertThat(batch.records()).hasSize(3);
  }

  @Test
  void rowsWithoutAKeyAreToldApartByTheirPlaceOnTheLog() {
    LogRecord first =
        new LogRecord(3, 20, null, utf8(plain("c", "null", "{\"n\":1}", 50)), 0, null);
    LogRecord second =
        new LogRecord(3, 21, null, utf8(plain("c", "null", "{\"n\":1}", 50)), 0, null);

    List<RowChange> rows = rows(only(stock.turn(TOPIC, List.of(first, second))));

    assertThat(rows.get(0).version()).isEqualTo(rows.get(1).version());
    assertThat(rows.get(0).point().ordinal()).isLessThan(rows.get(1).point().ordinal());
  }

  @Test
  void theVersionIsTheLsnWhereThereIsNoSequence() {
    String value = plain("u", "null", "{\"id\":1}", 50).replaceAll(",\"sequence\":[^}]*", "");

    RowChange change =
        rows(only(stock.turn(TOPIC, List.of(record(0, "{\"id\":1}", value))))).get(0);

    assertThat(change.version()).isEqualTo(Version.of(1, 0, 50));
  }

  @Test
  void aTruncateGoesWithTheSchemaBeforeIt() {
    List<StockBatch> batches =
        stock.turn(
            TOPIC,
            List.of(
                record(0, "{\"id\":1}", plain("c", "null", "{\"id\":1}", 50)),
                new LogRecord(0, 1, null, utf8(plain("t", "null", "null", 60)), 0, null)));

    ChangeBatch changes = normalized(only(batches));
    assertThat(changes.erasures()).containsExactly(Erasure.below(Version.of(1, 40, 60)));
    assertThat(
            new StockEnvelopes()
                .turn(
                    TOPIC,
                    List.of(
                        new LogRecord(0, 1, null, utf8(plain("t", "null", "null", 60)), 0, null)))
                .get(0)
                .refusals())
        .hasSize(1);
  }

  @Test
  void aLeftOutValueStaysOne() {
    LogRecord record =
        record(
            0,
            "{\"id\":1}",
            plain("u", "null", "{\"id\":1,\"s\":\"__debezium_unavailable_value\"}", 50));

    assertThat(rows(only(stock.turn(TOPIC, List.of(record)))).get(0).row())
        .containsExactly("1", Unchanged.TOAST);
  }

  private static LogRecord inline(long offset, String op, String fields, String row) {
    String value =
        """
        {"schema":{"type":"struct","fields":[{"type":"struct","fields":[%1$s],"optional":true,"field":"before"},{"type":"struct","fields":[%1$s],"optional":true,"field":"after"}],"optional":false,"name":"stock.app.t.Envelope"},"payload":%2$s}"""
            .formatted(fields, plain(op, "null", row, 100 + offset));
    String key =
        "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int64\",\"field\":\"id\"}]},\"payload\":{\"id\":1}}";
    return record(offset, key, value);
  }

  private static String plain(String op, String before, String after, long lsn) {
    return "{\"before\":%s,\"after\":%s,\"source\":{\"schema\":\"app\",\"table\":\"t\",\"lsn\":%d,\"ts_ms\":5,\"sequence\":\"[\\\"%d\\\",\\\"%d\\\"]\"},\"op\":\"%s\",\"ts_ms\":7}"
        .formatted(before, after, lsn, lsn - (op.equals("t") ? 20 : 10), lsn, op);
  }

  private static LogRecord record(long offset, String key, String value) {
    return new LogRecord(0, offset, utf8(key), utf8(value), 0, null);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static StockBatch only(List<StockBatch> batches) {
    assertThat(batches).hasSize(1);
    return batches.get(0);
  }

  private static List<RowChange> rows(StockBatch batch) {
    return normalized(batch).changes();
  }

  private static ChangeBatch normalized(StockBatch batch) {
    return new EnvelopeNormalizer().normalize(new LogBatch(TOPIC, batch.schema(), batch.records()));
  }
}
