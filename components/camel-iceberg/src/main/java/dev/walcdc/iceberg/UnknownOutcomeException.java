package dev.walcdc.iceberg;

/**
 * A commit was sent and nobody could say what became of it. Its files are left where they are.
 * Trying the same batch again is safe: the writer then looks whether the commit arrived.
 */
public class UnknownOutcomeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public UnknownOutcomeException(String message, Throwable cause) {
    super(message, cause);
  }
}
