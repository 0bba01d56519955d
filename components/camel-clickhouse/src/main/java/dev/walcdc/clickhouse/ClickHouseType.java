package dev.walcdc.clickhouse;

import dev.walcdc.schema.Column;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Type of a ClickHouse column, as far as this component makes or meets such columns.
 *
 * @param kind which family
 * @param precision digits of a {@link Kind#DECIMAL}; 0 for every other kind
 * @param scale digits after the point of a {@link Kind#DECIMAL}; 0 for every other kind
 * @param nullable whether it is wrapped in {@code Nullable}
 */
record ClickHouseType(Kind kind, int precision, int scale, boolean nullable) {

  /** The families, each with its name in SQL and the bytes that its values take in RowBinary. */
  enum Kind {
    BOOL("Bool", 1),
    INT16("Int16", Short.BYTES),
    INT32("Int32", Integer.BYTES),
    INT64("Int64", Long.BYTES),
    FLOAT32("Float32", Float.BYTES),
    FLOAT64("Float64", Double.BYTES),
    DECIMAL("Decimal", -1),
    DATE("Date32", Integer.BYTES),
    /**
     * An instant, or a wall clock as if it were in UTC: with a zone of its own it is shown as it is
     * at the source, whatever zone the server or the reader is in.
     */
    TIMESTAMP("DateTime64(6, 'UTC')", Long.BYTES),
    UUID("UUID", 2 * Long.BYTES),
    STRING("String", -1);

    private final String sql;
    private final int width;

    Kind(String sql, int width) {
      this.sql = sql;
      this.width = width;
    }

    private boolean isInteger() {
      return this == INT16 || this == INT32 || this == INT64;
    }

    private boolean isFloat() {
      return this == FLOAT32 || this == FLOAT64;
    }
  }

  /** Digits that a decimal of 4 and of 8 bytes holds. */
  static final int DECIMAL32_DIGITS = 9;

  static final int DECIMAL64_DIGITS = 18;

  private static final Pattern NULLABLE = Pattern.compile("Nullable\\((.*)\\)");
  private static final Pattern DECIMAL = Pattern.compile("Decimal\\((\\d+), (\\d+)\\)");
  private static final int DECIMAL128_DIGITS = 38;

  /** A type without parameters that is not nullable. */
  static ClickHouseType of(Kind kind) {
    return new ClickHouseType(kind, 0, 0, false);
  }

  /**
   * The type for a column of the source.
   *
   * @param key whether the column belongs to the primary key, which in ClickHouse cannot be
   *     nullable
   */
  static ClickHouseType of(Column column, boolean key) {
    boolean nullable = column.nullable() && !key;
    return switch (column.carrier()) {
      case BOOLEAN -> new ClickHouseType(Kind.BOOL, 0, 0, nullable);
      case INT16 -> new ClickHouseType(Kind.INT16, 0, 0, nullable);
      case INT32 -> new ClickHouseType(Kind.INT32, 0, 0, nullable);
      case INT64 -> new ClickHouseType(Kind.INT64, 0, 0, nullable);
      case FLOAT32 -> new ClickHouseType(Kind.FLOAT32, 0, 0, nullable);
      case FLOAT64 -> new ClickHouseType(Kind.FLOAT64, 0, 0, nullable);
      case DECIMAL ->
          new ClickHouseType(Kind.DECIMAL, column.type().length(), column.type().scale(), nullable);
      case DATE -> new ClickHouseType(Kind.DATE, 0, 0, nullable);
      case TIMESTAMP, TIMESTAMPTZ -> new ClickHouseType(Kind.TIMESTAMP, 0, 0, nullable);
      case UUID -> new ClickHouseType(Kind.UUID, 0, 0, nullable);
      case BYTES, TEXT -> new ClickHouseType(Kind.STRING, 0, 0, nullable);
    };
  }

  /**
   * Reads what {@code system.columns} calls a type.
   *
   * @return empty for a type that this component never makes
   */
  static Optional<ClickHouseType> parse(String sql) {
    Matcher wrapped = NULLABLE.matcher(sql);
    boolean nullable = wrapped.matches();
    String inner = nullable ? wrapped.group(1) : sql;
    Matcher decimal = DECIMAL.matcher(inner);
    if (decimal.matches()) {
      int precision = Integer.parseInt(decimal.group(1));
      return precision > DECIMAL128_DIGITS
          ? Optional.empty()
          : Optional.of(
              new ClickHouseType(
                  Kind.DECIMAL, precision, Integer.parseInt(decimal.group(2)), nullable));
    }
    for (Kind kind : Kind.values()) {
      if (kind != Kind.DECIMAL && kind.sql.equals(inner)) {
        return Optional.of(new ClickHouseType(kind, 0, 0, nullable));
      }
    }
    return Optional.empty();
  }

  /** As SQL and {@code system.columns} have it. */
  String sql() {
    String inner = kind == Kind.DECIMAL ? "Decimal(%d, %d)".formatted(precision, scale) : kind.sql;
    return nullable ? "Nullable(" + inner + ")" : inner;
  }

  /** The same type, nullable. */
  ClickHouseType asNullable() {
    return new ClickHouseType(kind, precision, scale, true);
  }

  /** Bytes that a value takes in RowBinary without the mark of a nullable; -1 where that varies. */
  int width() {
    if (kind != Kind.DECIMAL) {
      return kind.width;
    }
    if (precision <= DECIMAL32_DIGITS) {
      return Integer.BYTES;
    }
    return precision <= DECIMAL64_DIGITS ? Long.BYTES : 2 * Long.BYTES;
  }

  /** Whether every value of the other type but NULL is one of this type. */
  boolean holds(ClickHouseType other) {
    return union(other).filter(type -> type.asNullable().equals(asNullable())).isPresent();
  }

  /**
   * The narrowest type that holds every value of both, each as it is; nullable if one of them is.
   *
   * @return empty if there is none
   */
  Optional<ClickHouseType> union(ClickHouseType other) {
    boolean either = nullable || other.nullable;
    if (kind == Kind.DECIMAL && other.kind == Kind.DECIMAL) {
      int digits = Math.max(precision - scale, other.precision - other.scale);
      int wider = Math.max(scale, other.scale);
      return digits + wider > DECIMAL128_DIGITS
          ? Optional.empty()
          : Optional.of(new ClickHouseType(kind, digits + wider, wider, either));
    }
    boolean sameFamily =
        kind == other.kind
            || (kind.isInteger() && other.kind.isInteger())
            || (kind.isFloat() && other.kind.isFloat());
    Kind wider = kind.compareTo(other.kind) >= 0 ? kind : other.kind;
    return sameFamily ? Optional.of(new ClickHouseType(wider, 0, 0, either)) : Optional.empty();
  }
}
