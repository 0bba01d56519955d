package dev.walcdc.iceberg;

/**
 * A batch that cannot be applied as it is, however often it is tried. The message says what is in
 * the way and how to get it out of it. Nothing of the batch was applied.
 */
public class RefusedChangeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public RefusedChangeException(String message) {
    super(message);
  }

  public RefusedChangeException(String message, Throwable cause) {
    super(message, cause);
  }
}
