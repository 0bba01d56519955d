package dev.walcdc.verify;

/** One sink cannot be read: the report says so, and the others are still compared. */
final class SinkFailure extends VerifyException {

  private static final long serialVersionUID = 1L;

  SinkFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
