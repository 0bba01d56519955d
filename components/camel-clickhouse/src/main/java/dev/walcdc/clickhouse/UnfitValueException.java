package dev.walcdc.clickhouse;

/** A column's type cannot hold a value. Whoever knows the row and the table says the rest. */
final class UnfitValueException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param reason what kind of value met which limit; never the value, which may be private
   */
  UnfitValueException(String reason) {
    super(reason, null, false, false);
  }
}
