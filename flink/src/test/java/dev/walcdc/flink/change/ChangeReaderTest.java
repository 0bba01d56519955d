package dev.walcdc.flink.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;

/** Records of the log as rows of Flink: exactly, or not at all. */
class ChangeReaderTest {

  private static final TableSchema GOODS =
      new TableSchema(
          "app",
          "goods",
          List.of(
              new Column("id", PostgresType.of("int8"), false, 1),
              new Column("name", PostgresType.of("text"), true, 2),
              new Column("price", new PostgresType("numeric", 10, 2), true, 3)),
          List.of("id"),
          3,
          1);

  private static final String ROW = "{\"id\":7,\"name\":\"a\",\"price\":\"1.50\"}";

  @Test
  void aChangeBecomesATypedRowWithItsVersion() {
    RowData row = read(GOODS, "null", ROW, "c");

    assertThat(row.getLong(0)).isEqualTo(7);
    assertThat(row.getString(1)).isEqualTo(StringData.fromString("a"));
    assertThat(row.getDecimal(2, 10, 2).toBigDecimal()).isEqualByComparingTo("1.50");
    assertThat(row.getInt(3)).isEqualTo(3);
    assertThat(row.getLong(4)).isEqualTo(100);
    assertThat(row.getLong(5)).isEqualTo(200);
    assertThat(row.getBoolean(7)).isFalse();
    assertThat(row.isNullAt(9)).isTrue();
  }

  @Test
  void aDeletionNeedsOnlyItsKey() {
    RowData row = read(GOODS, "{\"id\":7,\"name\":null,\"price\":null}", "null", "d");

    assertThat(row.getLong(0)).isEqualTo(7);
    assertThat(row.getBoolean(7)).isTrue();
  }

  @Test
  void aValueThatWasLeftOutIsNamedAndNotTakenForOne() {
    RowData row =
        read(
            GOODS,
            "null",
            "{\"id\":7,\"name\":\"__debezium_unavailable_value\",\"price\":\"1.50\"}",
            "u");

    assertThat(row.isNullAt(1)).isTrue();
    assertThat(row.getArray(9).getString(0)).isEqualTo(StringData.fromString("name"));
  }

  @Test
  void aValueThatFlinkDoesNotHoldIsRefused() {
    assertThatThrownBy(
            () -> read(GOODS, "null", "{\"id\":7,\"name\":\"a\",\"price\":\"NaN\"}", "c"))
        .isInstanceOf(RefusedRecordException.class)
        .hasMessageContaining("column `price` holds `NaN`");
  }

  @Test
  void anErasureThatWasNotThereAtTheBeginningIsRefused() {
    Erasure erasure = Erasure.below(Version.of(3, 100, 200));
    LogRecord fence = new LogRecord(0, 5, null, null, 0, erasure);

    assertThatThrownBy(() -> reader(GOODS, KnownErasures.of(List.of())).read(fence))
        .isInstanceOf(RefusedRecordException.class)
        .hasMessageContaining("flink-sql rebuild app.goods");
    assertThat(reader(GOODS, KnownErasures.of(List.of(erasure))).read(fence)).isNull();
  }

  @Test
  void theFirstSnapshotsFenceTakesNothingAway() {
    LogRecord fence = new LogRecord(0, 5, null, null, 0, Erasure.below(Version.ofSnapshot(1)));

    assertThat(reader(GOODS, KnownErasures.of(List.of())).read(fence)).isNull();
  }

  @Test
  void aRowBelowAKnownErasureIsMarked() {
    KnownErasures known =
        KnownErasures.parse(
            KnownErasures.of(List.of(Erasure.below(Version.of(3, 100, 201)))).toText());
    KnownErasures earlier = KnownErasures.of(List.of(Erasure.below(Version.of(3, 100, 200))));

    assertThat(reader(GOODS, known).read(envelope("null", ROW, "c")).getBoolean(8)).isTrue();
    assertThat(reader(GOODS, earlier).read(envelope("null", ROW, "c")).getBoolean(8)).isFalse();
  }

  @Test
  void aRecordOfAnOlderDefinitionComesInTheFilesShape() {
    TableSchema later =
        new TableSchema(
            "app",
            "goods",
            List.of(
                GOODS.columns().get(0),
                new Column("title", PostgresType.of("text"), true, 2),
                new Column("stock", PostgresType.of("int4"), true, 4)),
            List.of("id"),
            3,
            2);
    RowData row =
        new ChangeReader(GOODS, later, KnownErasures.of(List.of()))
            .read(envelope("null", ROW, "c"));

    assertThat(row.getString(1)).isEqualTo(StringData.fromString("a"));
    assertThat(row.isNullAt(2)).isTrue();
    assertThat(SqlColumns.parse("ROW<id BIGINT NOT NULL, title STRING, stock INT>").are(later))
        .isTrue();
    assertThat(SqlColumns.parse("ROW<id BIGINT NOT NULL, name STRING, stock INT>").are(later))
        .isFalse();
  }

  private static RowData read(TableSchema schema, String before, String after, String op) {
    return reader(schema, KnownErasures.of(List.of())).read(envelope(before, after, op));
  }

  private static ChangeReader reader(TableSchema schema, KnownErasures erasures) {
    return new ChangeReader(schema, schema, erasures);
  }

  private static LogRecord envelope(String before, String after, String op) {
    String json =
        "{\"before\":%s,\"after\":%s,\"source\":{\"ts_ms\":5,\"sequence\":\"[\\\"100\\\",\\\"200\\\"]\",\"lsn\":200},\"op\":\"%s\"}"
            .formatted(before, after, op);
    return new LogRecord(0, 5, null, json.getBytes(StandardCharsets.UTF_8), 0, null);
  }
}
