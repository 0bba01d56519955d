package dev.walcdc.flink.job;

/** A job that is not to be started as it is; the message says why, and what to do. */
public final class StartRefusedException extends RuntimeException {

  /**
   * Makes one.
   *
   * @param reason names the table, the cause and the way out
   */
  public StartRefusedException(String reason) {
    super(reason);
  }
}
