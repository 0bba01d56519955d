package dev.walcdc.verify;

import java.time.Duration;

/**
 * Until when something is waited for.
 *
 * @param nanos as {@link System#nanoTime()} counts
 * @param length how long that is in all, for messages
 */
record Deadline(long nanos, Duration length) {

  private static final long LOOK_MILLIS = 200;

  static Deadline in(Duration length) {
    return new Deadline(System.nanoTime() + length.toNanos(), length);
  }

  boolean isOver() {
    return System.nanoTime() - nanos >= 0;
  }

  /** Waits a moment before the next look. */
  void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VerifyException("Interrupted while waiting", e);
    }
  }
}
