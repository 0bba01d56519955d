package dev.walcdc.iceberg.maintain;

/** The table has changed so that what was prepared for it does not fit any more. */
final class OvertakenException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  OvertakenException(String message) {
    super(message);
  }
}
