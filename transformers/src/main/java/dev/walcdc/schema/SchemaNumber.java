package dev.walcdc.schema;

import java.util.Comparator;

/**
 * Tells which of two definitions of a table is the later one.
 *
 * @param epoch see {@link TableSchema#epoch()}
 * @param sequence see {@link TableSchema#sequence()}
 */
public record SchemaNumber(int epoch, long sequence) implements Comparable<SchemaNumber> {

  private static final Comparator<SchemaNumber> BY_AGE =
      Comparator.comparingInt(SchemaNumber::epoch).thenComparingLong(SchemaNumber::sequence);

  /** The number of a schema. */
  public static SchemaNumber of(TableSchema schema) {
    return new SchemaNumber(schema.epoch(), schema.sequence());
  }

  /**
   * Reads what {@link #toString()} wrote.
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static SchemaNumber parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2) {
      throw new IllegalArgumentException("`%s` is no number of a schema".formatted(text));
    }
    return new SchemaNumber(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
  }

  /** Whether this definition came later than the other. */
  public boolean isAfter(SchemaNumber other) {
    return compareTo(other) > 0;
  }

  /** Whether this definition came earlier than the other. */
  public boolean isBefore(SchemaNumber other) {
    return compareTo(other) < 0;
  }

  @Override
  public int compareTo(SchemaNumber other) {
    return BY_AGE.compare(this, other);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return epoch + "/" + sequence;
  }
}
