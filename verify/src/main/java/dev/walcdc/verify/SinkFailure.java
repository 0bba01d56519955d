package dev.walcdc.verify;

/** One sink cannot be read: the report says so, and the others are still compared. */
final class SinkFailure extends VerifyException {

  private static final long serialVersionUID = 1L;

  private final boolean behind;

  SinkFailure(String message, Throwable cause) {
    this(message, cause, false);
  }

  private SinkFailure(String message, Throwable cause, boolean behind) {
    super(message, cause);
    this.behind = behind;
  }

  /**
   * A table whose columns do not hold what the source's do: the sink may only have yet to follow a
   * change of the table.
   */
  static SinkFailure ofOtherColumns(String message, Throwable cause) {
    return new SinkFailure(message, cause, true);
  }

  /** Whether the table may be comparable in a while. */
  boolean isBehind() {
    return behind;
  }

  /** A table that cannot be compared, since the sink makes another one to take its place. */
  static SinkFailure madeAnew(String table, String shadow) {
    return new SinkFailure(
        "%s is being made anew as %s, since it cannot follow its source: it is to be compared once all rows were read again. If no resync of the table is under way, request one"
            .formatted(table, shadow),
        null,
        true);
  }
}
