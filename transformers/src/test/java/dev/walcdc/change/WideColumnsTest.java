package dev.walcdc.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WideColumnsTest {

  private static final TableSchema EVENTS =
      new TableSchema(
          "app",
          "events",
          List.of(
              new Column("id", PostgresType.of("int4"), false, 1),
              new Column("d", PostgresType.of("date"), true, 2),
              new Column("at", PostgresType.of("timestamp"), true, 3),
              new Column("tz", PostgresType.of("timestamptz"), true, 4),
              new Column("n", new PostgresType("numeric", 9, 2), true, 5)),
          List.of("id"),
          1,
          7);

  private static ChangeBatch batch(Object[]... rows) {
    List<RowChange> changes =
        Arrays.stream(rows).map(row -> RowChange.of(point(), row, 0, 0, 0)).toList();
    return new ChangeBatch("t", EVENTS, List.of(), changes, new TreeMap<>());
  }

  private static ChangePoint point() {
    return new ChangePoint(Operation.CREATE, Version.of(1, 2, 3), 0);
  }

  private static Object[] asText(String patterns, Object... row) {
    return WideColumns.of(patterns).asText(batch(row)).changes().get(0).row();
  }

  @Test
  void valuesAreWhatPostgresqlPrints() {
    assertThat(asText("app\\.events\\..*", 1, 0, 0L, 0L, new BigDecimal("1E+2").setScale(2)))
        .containsExactly(
            1, "1970-01-01", "1970-01-01 00:00:00", "1970-01-01 00:00:00+00", "100.00");
    assertThat(asText(".*", 1, -719_163, -1L, -63_517_780_799_999_999L, SpecialValue.NAN))
        .containsExactly(
            1,
            "0001-12-31 BC",
            "1969-12-31 23:59:59.999999",
            "0044-03-15 12:00:00.000001+00 BC",
            "NaN");
    assertThat(
            asText(
                ".*",
                1,
                SpecialValue.INFINITY,
                SpecialValue.MINUS_INFINITY,
                253_402_300_800_100_000L,
                new BigDecimal("-0.50")))
        .containsExactly(1, "infinity", "-infinity", "10000-01-01 00:00:00.1+00", "-0.50");
  }

  @Test
  void nothingStaysNothing() {
    assertThat(asText(".*", 1, null, Unchanged.TOAST, null, null))
        .containsExactly(1, null, Unchanged.TOAST, null, null);
  }

  @Test
  void onlyTheColumnsThatMatchAsAWholeChange() {
    ChangeBatch batch =
        WideColumns.of("app\\.events\\.d , app\\.events\\.a")
            .asText(batch(new Object[] {1, 0, 0L, 0L, null}));

    assertThat(batch.changes().get(0).row()).containsExactly(1, "1970-01-01", 0L, 0L, null);
    assertThat(batch.schema().columns())
        .extracting(Column::carrier)
        .containsExactly(
            Carrier.INT32, Carrier.TEXT, Carrier.TIMESTAMP, Carrier.TIMESTAMPTZ, Carrier.DECIMAL);
    assertThat(batch.schema().columns()).extracting(Column::attnum).containsExactly(1, 2, 3, 4, 5);
    assertThat(batch.schema().sequence()).isEqualTo(7);
  }

  @Test
  void otherBatchesPassAsTheyAre() {
    ChangeBatch batch = batch(new Object[] {1, 0, 0L, 0L, null});
    assertThat(WideColumns.of("").asText(batch)).isSameAs(batch);
    assertThat(WideColumns.of("app\\.others\\..*").asText(batch)).isSameAs(batch);
  }
}
