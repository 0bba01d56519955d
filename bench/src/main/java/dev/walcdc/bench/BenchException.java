package dev.walcdc.bench;

/** A measurement cannot be made, or its result is wrong; the message is meant for people. */
public final class BenchException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message for people
   */
  public BenchException(String message) {
    super(message);
  }

  BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
