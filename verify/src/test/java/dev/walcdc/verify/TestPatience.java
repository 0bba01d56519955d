package dev.walcdc.verify;

import java.time.Duration;

/** Patience for tests without servers. */
final class TestPatience {

  static final Patience TINY =
      new Patience(
          Duration.ofMillis(20), Duration.ofSeconds(5), Duration.ofMillis(2), Duration.ofMillis(5));

  private TestPatience() {}
}
