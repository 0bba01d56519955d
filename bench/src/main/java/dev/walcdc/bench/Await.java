package dev.walcdc.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for something by looking again and again. */
final class Await {

  private Await() {}

  /** A look that may fail. */
  @FunctionalInterface
  interface Look {
    boolean isTrue() throws Exception;
  }

  /**
   * Waits until a look is true.
   *
   * @param what it is, for the message
   * @param child a process without which it will never be true; null for none
   * @throws BenchException when the process ended or the time passed
   */
  static void until(String what, Duration timeout, Duration pause, Child child, Look look)
      throws Exception {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!look.isTrue()) {
      if (child != null && !child.isAlive()) {
        throw new BenchException(
            "%s ended while it was waited for: %s%s".formatted(child.name(), what, child.tail()));
      }
      if (System.nanoTime() > deadline) {
        throw new BenchException(
            "Not within %d s: %s%s"
                .formatted(timeout.toSeconds(), what, child == null ? "" : child.tail()));
      }
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    }
  }
}
