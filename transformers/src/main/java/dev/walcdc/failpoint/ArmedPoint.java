package dev.walcdc.failpoint;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What is to happen at one fail point of this process. Safe to share. */
final class ArmedPoint {

  private static final System.Logger LOG = System.getLogger(ArmedPoint.class.getName());
  private static final Duration PAUSE = Duration.ofSeconds(30);

  /** Exit code of a process that SIGKILL ended, as a shell gives it. */
  private static final int KILLED = 137;

  private enum Action {
    HALT,
    THROW,
    PAUSE
  }

  private final FailPoint point;
  private final long nth;
  private final Action action;
  private final AtomicLong reached = new AtomicLong();

  private ArmedPoint(FailPoint point, long nth, Action action) {
    this.point = point;
    this.nth = nth;
    this.action = action;
  }

  /**
   * Reads {@code NAME:NTH:ACTION}.
   *
   * @param text null or blank for none
   * @return null for none
   * @throws IllegalArgumentException if it is something else: a test that believes to have a fault
   *     and has none would prove nothing
   */
  static ArmedPoint parse(String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    String[] parts = text.split(":", -1);
    if (parts.length != 3 || !parts[1].matches("[1-9]\\d{0,17}")) {
      throw unfit(text);
    }
    Action action;
    try {
      action = Action.valueOf(parts[2].toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw unfit(text);
    }
    ArmedPoint armed = new ArmedPoint(FailPoint.named(parts[0]), Long.parseLong(parts[1]), action);
    LOG.log(
        System.Logger.Level.WARNING,
        "Fail point {0} is armed: this process is one of a test",
        text);
    return armed;
  }

  private static IllegalArgumentException unfit(String text) {
    return new IllegalArgumentException(
        "`%s=%s` arms nothing; write NAME:NTH:halt, NAME:NTH:throw or NAME:NTH:pause, NTH from 1 on"
            .formatted(FailPoint.VARIABLE, text));
  }

  void reached(FailPoint here) {
    if (here != point || reached.incrementAndGet() != nth) {
      return;
    }
    LOG.log(System.Logger.Level.WARNING, "Fail point {0} was reached", point.id());
    switch (action) {
      case HALT -> Runtime.getRuntime().halt(KILLED);
      case THROW -> throw new IllegalStateException("Fail point %s throws".formatted(point.id()));
      case PAUSE -> pause();
      default -> throw new IllegalStateException(action.toString());
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
