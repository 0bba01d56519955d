package dev.walcdc.verify;

/**
 * It cannot be said what a table must look like in a sink, because of what passed on the log since
 * the source was read. The message says what it was. The next try reads the source again.
 */
final class UndecidedException extends VerifyException {

  private static final long serialVersionUID = 1L;

  UndecidedException(String message) {
    super(message);
  }
}
