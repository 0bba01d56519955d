package dev.walcdc.systemtest;

import dev.walcdc.systemtest.Fault.Scene;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Faults at random times, one after the other. In every round each fault strikes once, in an order
 * of the round's own; the seed fixes order, times and lengths.
 */
final class Chaos {

  private static final int LONGEST_CALM_MILLIS = 2_000;

  private final Scene scene;
  private final Random random;
  private final Map<Fault, Integer> struck = new EnumMap<>(Fault.class);

  Chaos(Scene scene, long seed) {
    System.out.printf("Chaos with seed %d%n", seed);
    this.scene = scene;
    this.random = new Random(seed);
  }

  /** One round of these. */
  void round(Collection<Fault> faults, BooleanSupplier enough) {
    List<Fault> order = new ArrayList<>(faults);
    Collections.shuffle(order, random);
    for (Fault fault : order) {
      if (enough.getAsBoolean()) {
        return;
      }
      Fault.pause(Duration.ofMillis(random.nextInt(LONGEST_CALM_MILLIS)));
      System.out.printf("%s %s%n", LocalTime.now().truncatedTo(ChronoUnit.MILLIS), fault);
      fault.strike(scene, random);
      struck.merge(fault, 1, Integer::sum);
    }
  }

  /** How often each struck. */
  Map<Fault, Integer> struck() {
    return Collections.unmodifiableMap(struck);
  }
}
