package dev.walcdc.clickhouse;

/**
 * A batch was not applied. Of this class itself: ClickHouse could not be reached or refused the
 * request, and the same batch may succeed later. Applying a batch again is always safe.
 */
public class ClickHouseException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what happened, where and what to check. */
  public ClickHouseException(String message) {
    super(message);
  }

  /** Says what happened, where and what to check. */
  public ClickHouseException(String message, Throwable cause) {
    super(message, cause);
  }
}
