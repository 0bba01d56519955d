package dev.walcdc.bench;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The clock that all servers of one machine share. */
final class WallClock {

  private WallClock() {}

  /** Microseconds since 1970 UTC. */
  static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }
}
