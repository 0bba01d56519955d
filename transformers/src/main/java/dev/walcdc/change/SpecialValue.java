package dev.walcdc.change;

/**
 * A value that PostgreSQL has and that no number stands for: what a row holds in place of its
 * carrier's Java form. A sink that has no such value refuses it; it is never another value.
 */
public enum SpecialValue {
  /** Of a {@code numeric}. */
  NAN("NaN"),
  /** Of a {@code date}, {@code timestamp} or {@code timestamptz}. */
  INFINITY("infinity"),
  /** Of the same. */
  MINUS_INFINITY("-infinity");

  private final String text;

  SpecialValue(String text) {
    this.text = text;
  }

  /** As PostgreSQL prints it. */
  @Override
  public String toString() {
    return text;
  }
}
