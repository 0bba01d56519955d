package dev.walcdc.capture;

/** Capture cannot go on; the message says why and what to do. */
public class CaptureException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public CaptureException(String message) {
    super(message);
  }

  public CaptureException(String message, Throwable cause) {
    super(message, cause);
  }
}
