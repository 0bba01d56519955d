package dev.walcdc.clickhouse;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.HexFormat;

/**
 * Values of a column as SQL expressions that stand for exactly the value that RowBinary carries.
 */
final class SqlValues {

  private SqlValues() {}

  /**
   * One value.
   *
   * @param value in the form of its carrier; not null
   */
  static String of(Object value, ClickHouseType type) {
    return switch (type.kind()) {
      case BOOL, INT16, INT32, INT64 -> value.toString();
      case FLOAT32 ->
          "reinterpretAsFloat32(toInt32(%d))".formatted(Float.floatToIntBits((Float) value));
      case FLOAT64 ->
          "reinterpretAsFloat64(toInt64(%d))".formatted(Double.doubleToLongBits((Double) value));
      case DECIMAL -> cast(((BigDecimal) value).toPlainString(), type);
      case DATE -> cast(LocalDate.ofEpochDay((Integer) value).toString(), type);
      case TIMESTAMP -> "fromUnixTimestamp64Micro(toInt64(%s), 'UTC')".formatted(value);
      case UUID -> cast(value.toString(), type);
      case STRING -> {
        byte[] bytes =
            value instanceof byte[] raw ? raw : ((String) value).getBytes(StandardCharsets.UTF_8);
        yield "unhex('%s')".formatted(HexFormat.of().formatHex(bytes));
      }
    };
  }

  private static String cast(String text, ClickHouseType type) {
    return "CAST('%s', %s)".formatted(text, Sql.literal(type.sql()));
  }
}
