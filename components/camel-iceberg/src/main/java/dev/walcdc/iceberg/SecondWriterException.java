package dev.walcdc.iceberg;

/**
 * The table's position is not where this writer left it: someone else writes the same topic to it,
 * or the table was rolled back or dropped. Nothing of the batch was applied. The only way on is to
 * ask for the position again and to read the log from there.
 */
public class SecondWriterException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public SecondWriterException(String message) {
    super(message);
  }

  public SecondWriterException(String message, Throwable cause) {
    super(message, cause);
  }
}
