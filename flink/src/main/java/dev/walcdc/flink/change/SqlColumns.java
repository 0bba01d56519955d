package dev.walcdc.flink.change;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;

/**
 * The columns of a table as its SQL file names them.
 *
 * @param type names and Flink's types, in the file's order
 */
record SqlColumns(RowType type) {

  private static final int MICROSECONDS = 6;

  /**
   * Reads columns.
   *
   * @param text {@code ROW<id BIGINT NOT NULL, name STRING>}
   * @throws IllegalArgumentException if it is not that
   */
  static SqlColumns parse(String text) {
    LogicalType parsed = LogicalTypeParser.parse(text, SqlColumns.class.getClassLoader());
    if (parsed instanceof RowType row) {
      return new SqlColumns(row);
    }
    throw new IllegalArgumentException(
        "`%s` are no columns; write ROW<id BIGINT NOT NULL, name STRING>".formatted(text));
  }

  /** Whether a definition of the source has these columns, in this order. */
  boolean are(TableSchema schema) {
    List<RowType.RowField> fields = type.getFields();
    if (fields.size() != schema.columns().size()) {
      return false;
    }
    for (int i = 0; i < fields.size(); i++) {
      Column column = schema.columns().get(i);
      LogicalType expected = of(column);
      if (expected == null
          || !column.name().equals(fields.get(i).getName())
          || !expected.equals(fields.get(i).getType().copy(true))) {
        return false;
      }
    }
    return true;
  }

  /** The columns of a definition as its SQL file is to name them, for messages. */
  static String describe(TableSchema schema) {
    return schema.columns().stream()
        .map(
            column -> {
              LogicalType type = of(column);
              String name = "`%s` ".formatted(column.name());
              return type == null
                  ? name + column.type().name() + " (which Flink SQL cannot make)"
                  : name + type.asSerializableString();
            })
        .collect(Collectors.joining(", "));
  }

  /**
   * The type that becomes the Iceberg type which the other writer gives such a column; null where
   * Flink has none.
   */
  private static LogicalType of(Column column) {
    return switch (column.carrier()) {
      case BOOLEAN -> new BooleanType();
      case INT16, INT32 -> new IntType();
      case INT64 -> new BigIntType();
      case FLOAT32 -> new FloatType();
      case FLOAT64 -> new DoubleType();
      case DECIMAL -> new DecimalType(column.type().length(), column.type().scale());
      case DATE -> new DateType();
      case TIMESTAMP -> new TimestampType(MICROSECONDS);
      case TIMESTAMPTZ -> new LocalZonedTimestampType(MICROSECONDS);
      case BYTES -> new VarBinaryType(VarBinaryType.MAX_LENGTH);
      case TEXT -> VarCharType.STRING_TYPE;
      case UUID -> null;
    };
  }
}
