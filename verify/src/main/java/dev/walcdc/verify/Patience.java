package dev.walcdc.verify;

import java.time.Duration;

/**
 * How long rows may differ before they are reported.
 *
 * @param settle a row that differs is reported once PostgreSQL has left it alone for this long, and
 *     its sink has for this long not come nearer to the source. Not shorter than the slowest sink's
 *     delay
 * @param atMost a row that differs is reported after this long in any case, even if it never stops
 *     changing and its sink still catches up; counted for each table from the end of its first pass
 * @param firstWait between the first look and the second
 * @param longestWait what the waits grow to, doubling
 */
public record Patience(Duration settle, Duration atMost, Duration firstWait, Duration longestWait) {

  /** A server that sends nothing for so long in the middle of an answer is taken for dead. */
  static final Duration LONGEST_SILENCE = Duration.ofMinutes(10);

  public Patience {
    requirePositive("settle", settle);
    requirePositive("firstWait", firstWait);
    if (atMost.compareTo(settle) < 0 || longestWait.compareTo(firstWait) < 0) {
      throw new IllegalArgumentException(
          "Patience must have atMost (%s) not below settle (%s) and longestWait (%s) not below firstWait (%s)"
              .formatted(atMost, settle, longestWait, firstWait));
    }
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException("Patience must have a %s above zero".formatted(name));
    }
  }

  /** For sinks that follow within {@code settle}: looks again after 0.2 s, then ever less often. */
  public static Patience of(Duration settle) {
    Duration longest = Duration.ofSeconds(5);
    return new Patience(
        settle, settle.multipliedBy(10), min(Duration.ofMillis(200), settle), min(longest, settle));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
