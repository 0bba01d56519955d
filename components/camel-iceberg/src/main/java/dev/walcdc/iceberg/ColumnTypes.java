package dev.walcdc.iceberg;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;

/** Iceberg's types for the carriers of values. */
final class ColumnTypes {

  private ColumnTypes() {}

  /** The type that holds every value of a column exactly. */
  static Type.PrimitiveType of(Column column) {
    return switch (column.carrier()) {
      case BOOLEAN -> Types.BooleanType.get();
      case INT16, INT32 -> Types.IntegerType.get();
      case INT64 -> Types.LongType.get();
      case FLOAT32 -> Types.FloatType.get();
      case FLOAT64 -> Types.DoubleType.get();
      case DECIMAL -> Types.DecimalType.of(column.type().length(), column.type().scale());
      case DATE -> Types.DateType.get();
      case TIMESTAMP -> Types.TimestampType.withoutZone();
      case TIMESTAMPTZ -> Types.TimestampType.withZone();
      case UUID -> Types.UUIDType.get();
      case BYTES -> Types.BinaryType.get();
      case TEXT -> Types.StringType.get();
    };
  }

  /** Whether every value of the one type is a value of the other. */
  static boolean fits(Type.PrimitiveType values, Type column) {
    return values.equals(column)
        || (column.isPrimitiveType()
            && TypeUtil.isPromotionAllowed(values, column.asPrimitiveType()));
  }

  /** A type as PostgreSQL writes it. */
  static String describe(PostgresType type) {
    if (type.length() < 0) {
      return type.name();
    }
    return type.scale() < 0
        ? "%s(%d)".formatted(type.name(), type.length())
        : "%s(%d,%d)".formatted(type.name(), type.length(), type.scale());
  }
}
