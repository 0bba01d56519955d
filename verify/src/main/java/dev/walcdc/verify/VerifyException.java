package dev.walcdc.verify;

/** A comparison could not be made. The message is a sentence that says why and what to do. */
public class VerifyException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public VerifyException(String message) {
    super(message);
  }

  public VerifyException(String message, Throwable cause) {
    super(message, cause);
  }
}
