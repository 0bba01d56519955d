package dev.walcdc.verify;

/** One sink cannot be read: the report says so, and the others are still compared. */
final class SinkFailure extends VerifyException {

  private static final long serialVersionUID = 1L;

  SinkFailure(String message, Throwable cause) {
    super(message, cause);
  }

  /** A table that cannot be compared, since the sink makes another one to take its place. */
  static SinkFailure madeAnew(String table, String shadow) {
    return new SinkFailure(
        "%s is being made anew as %s, since it cannot follow its source: it is to be compared once all rows were read again. If no resync of the table is under way, request one"
            .formatted(table, shadow),
        null);
  }
}
