package dev.walcdc.schema;

/**
 * The Java form that a column's values take between the envelope and the sinks. It is the pivot of
 * the type mapping: {@link PostgresType#carrier()} chooses one, and each sink maps it to a type of
 * its own.
 */
public enum Carrier {
  /** {@link Boolean}. */
  BOOLEAN,
  /** {@link Integer} within the range of a 16-bit integer. */
  INT16,
  /** {@link Integer}. */
  INT32,
  /** {@link Long}. */
  INT64,
  /** {@link Float}, NaN and infinities included. */
  FLOAT32,
  /** {@link Double}, NaN and infinities included. */
  FLOAT64,
  /**
   * {@link java.math.BigDecimal} with exactly the column's scale; precision is at most {@link
   * PostgresType#MAX_DECIMAL_PRECISION}.
   */
  DECIMAL,
  /** {@link Integer}: days since 1970-01-01 in the proleptic Gregorian calendar. */
  DATE,
  /** {@link Long}: microseconds since 1970-01-01T00:00:00 of a wall clock without a zone. */
  TIMESTAMP,
  /** {@link Long}: microseconds since 1970-01-01T00:00:00Z. */
  TIMESTAMPTZ,
  /** {@link java.util.UUID}. */
  UUID,
  /** {@code byte[]}. */
  BYTES,
  /**
   * {@link String}, where no typed form holds every value: a number or a time of day as PostgreSQL
   * writes it, an interval in ISO 8601, arrays and geometries as JSON without white space.
   */
  TEXT
}
