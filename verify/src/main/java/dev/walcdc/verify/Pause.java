package dev.walcdc.verify;

import java.time.Duration;

/** Waits between looks, each twice as long as the one before. */
final class Pause {

  private final Duration longest;
  private Duration next;

  Pause(Patience patience) {
    next = patience.firstWait();
    longest = patience.longestWait();
  }

  /** Waits, but not for longer than what is left. */
  void take(Duration left) {
    try {
      Thread.sleep(Math.max(1, Math.min(next.toMillis(), left.toMillis())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VerifyException("Interrupted while waiting for rows to settle", e);
    }
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(longest) < 0 ? doubled : longest;
  }
}
