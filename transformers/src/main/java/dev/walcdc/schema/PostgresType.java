package dev.walcdc.schema;

import java.util.Locale;

/**
 * A column's type as PostgreSQL names it.
 *
 * @param name the internal type name in lower case ({@code int8}, {@code varchar}, {@code _text}
 *     for an array of text), as in {@code pg_type.typname}
 * @param length precision of a {@code numeric}, length of a character or bit type; {@code -1} where
 *     the declaration gives none
 * @param scale scale of a {@code numeric}; {@code -1} where the declaration gives none
 */
public record PostgresType(String name, int length, int scale) {

  /** No modifier was declared. */
  public static final int UNDECLARED = -1;

  /** Digits that both sinks hold as a decimal; a wider {@code numeric} travels as exact text. */
  public static final int MAX_DECIMAL_PRECISION = 38;

  public PostgresType {
    name = name.toLowerCase(Locale.ROOT);
  }

  /** A type without modifiers. */
  public static PostgresType of(String name) {
    return new PostgresType(name, UNDECLARED, UNDECLARED);
  }

  /** The Java form of this type's values; never null. A type that is not known travels as text. */
  public Carrier carrier() {
    return switch (name) {
      case "bool" -> Carrier.BOOLEAN;
      case "int2", "smallserial" -> Carrier.INT16;
      case "int4", "serial" -> Carrier.INT32;
      case "int8", "bigserial", "oid" -> Carrier.INT64;
      case "float4" -> Carrier.FLOAT32;
      case "float8" -> Carrier.FLOAT64;
      case "numeric" -> isBoundedDecimal() ? Carrier.DECIMAL : Carrier.TEXT;
      case "date" -> Carrier.DATE;
      case "timestamp" -> Carrier.TIMESTAMP;
      case "timestamptz" -> Carrier.TIMESTAMPTZ;
      case "uuid" -> Carrier.UUID;
      case "bytea" -> Carrier.BYTES;
      default -> Carrier.TEXT;
    };
  }

  private boolean isBoundedDecimal() {
    return length > 0 && length <= MAX_DECIMAL_PRECISION && scale >= 0 && scale <= length;
  }
}
