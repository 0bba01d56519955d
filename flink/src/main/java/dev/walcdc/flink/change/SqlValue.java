package dev.walcdc.flink.change;

import dev.walcdc.change.SpecialValue;
import dev.walcdc.schema.Column;
import java.math.BigDecimal;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;

/** Values of the log in the form that Flink SQL keeps them in. */
final class SqlValue {

  private static final long MICROS_A_MILLI = 1_000;
  private static final int NANOS_A_MICRO = 1_000;

  private SqlValue() {}

  /**
   * Turns one value into Flink's form.
   *
   * @param value in the form of the column's carrier; null for NULL
   * @throws RefusedRecordException if Flink's type does not hold it
   */
  static Object of(Column column, Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof SpecialValue) {
      throw unfit(column, value);
    }
    return switch (column.carrier()) {
      case BOOLEAN, INT16, INT32, INT64, FLOAT32, FLOAT64, DATE, BYTES -> value;
      case DECIMAL -> decimal(column, (BigDecimal) value);
      case TIMESTAMP, TIMESTAMPTZ -> timestamp((Long) value);
      case TEXT -> StringData.fromString((String) value);
      case UUID -> throw unfit(column, value);
    };
  }

  private static Object decimal(Column column, BigDecimal value) {
    DecimalData decimal =
        DecimalData.fromBigDecimal(value, column.type().length(), column.type().scale());
    // Flink says null where there are too many digits, and rounds where there are too many places.
    if (decimal == null || decimal.toBigDecimal().compareTo(value) != 0) {
      throw unfit(column, value);
    }
    return decimal;
  }

  private static TimestampData timestamp(long micros) {
    return TimestampData.fromEpochMillis(
        Math.floorDiv(micros, MICROS_A_MILLI),
        (int) Math.floorMod(micros, MICROS_A_MILLI) * NANOS_A_MICRO);
  }

  private static RefusedRecordException unfit(Column column, Object value) {
    return new RefusedRecordException(
        "column `%s` holds `%s`, which is no %s in Flink SQL. Correct the value at the source and resync the table, or leave the table to sink-iceberg"
            .formatted(column.name(), value, column.type().name()));
  }
}
