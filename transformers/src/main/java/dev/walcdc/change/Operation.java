package dev.walcdc.change;

/** What happened to a row, by the letters of Debezium's {@code op}. */
public enum Operation {
  /** {@code r}: read by a snapshot. */
  READ,
  /** {@code c}: inserted. */
  CREATE,
  /** {@code u}: updated. */
  UPDATE,
  /** {@code d}: deleted. */
  DELETE
}
