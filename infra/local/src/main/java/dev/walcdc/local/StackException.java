package dev.walcdc.local;

/** The local stack cannot do what was asked; the message says why and what to do, for people. */
public class StackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception.
   *
   * @param message one sentence with the cause and the way out
   */
  public StackException(String message) {
    super(message);
  }

  /**
   * Makes an exception with what led to it.
   *
   * @param message one sentence with the cause and the way out
   * @param cause what led to it, or null
   */
  public StackException(String message, Throwable cause) {
    super(message, cause);
  }
}
