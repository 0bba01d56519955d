package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.nullable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClickHouseTypeTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bool        | Bool
          int2        | Int16
          int4        | Int32
          int8        | Int64
          float4      | Float32
          float8      | Float64
          date        | Date32
          timestamp   | DateTime64(6, 'UTC')
          timestamptz | DateTime64(6, 'UTC')
          uuid        | UUID
          bytea       | String
          text        | String
          numeric     | String
          jsonb       | String
          """)
  void everyCarrierHasItsType(String postgres, String clickHouse) {
    assertThat(ClickHouseType.of(notNull("c", postgres), false).sql()).isEqualTo(clickHouse);
    assertThat(ClickHouseType.of(nullable("c", postgres), false).sql())
        .isEqualTo("Nullable(" + clickHouse + ")");
  }

  @Test
  void aKeyColumnIsNeverNullable() {
    assertThat(ClickHouseType.of(nullable("id", "int8"), true).sql()).isEqualTo("Int64");
  }

  @ParameterizedTest
  @CsvSource({"1,0,4", "9,9,4", "10,2,8", "18,0,8", "19,5,16", "38,38,16"})
  void aDecimalKeepsPrecisionAndScale(int precision, int scale, int width) {
    Column column = new Column("c", new PostgresType("numeric", precision, scale), false, 0);
    ClickHouseType type = ClickHouseType.of(column, false);
    assertThat(type.sql()).isEqualTo("Decimal(%d, %d)".formatted(precision, scale));
    assertThat(type.width()).isEqualTo(width);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bool",
        "Nullable(Int64)",
        "Decimal(38, 10)",
        "Nullable(Decimal(9, 2))",
        "DateTime64(6, 'UTC')",
        "Nullable(DateTime64(6, 'UTC'))",
        "Date32",
        "UUID",
        "Nullable(String)"
      })
  void readsWhatItWrote(String sql) {
    assertThat(ClickHouseType.parse(sql).orElseThrow().sql()).isEqualTo(sql);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UInt8", "LowCardinality(String)", "Decimal(76, 2)", "DateTime64(6)"})
  void knowsNoOthers(String sql) {
    assertThat(ClickHouseType.parse(sql)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Int64           | Int16           | true
          Int16           | Int32           | false
          Nullable(Int32) | Int32           | true
          String          | UUID            | false
          Decimal(10, 2)  | Decimal(10, 3)  | false
          Date32          | DateTime64(6, 'UTC') | false
          """)
  void holdsOnlyWhatFits(String type, String other, boolean holds) {
    assertThat(
            ClickHouseType.parse(type)
                .orElseThrow()
                .holds(ClickHouseType.parse(other).orElseThrow()))
        .isEqualTo(holds);
  }
}
