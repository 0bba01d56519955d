package dev.walcdc.envelope;

/** A record on a change topic that cannot be read as what its schema says it is. */
public class EnvelopeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public EnvelopeException(String message) {
    super(message);
  }

  public EnvelopeException(String message, Throwable cause) {
    super(message, cause);
  }
}
