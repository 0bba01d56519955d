package dev.walcdc.flink.change;

import dev.walcdc.change.Erasure;
import dev.walcdc.change.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The erasures that were on the log when a table was begun: a row below one of them is never shown.
 * As text a line each, so that a job's parameters and a table's properties carry them. Immutable.
 */
public final class KnownErasures {

  /** Epochs begin with 1, so no row is below this; the first snapshot's fence is. */
  private static final Version LOWEST = Version.ofSnapshot(1);

  private final List<Erasure> all;

  private KnownErasures(List<Erasure> all) {
    this.all = List.copyOf(all);
  }

  /** Of those that were met on the log, those that say something that the others do not. */
  public static KnownErasures of(List<Erasure> met) {
    Version highest =
        met.stream()
            .filter(erasure -> erasure.where().isAll())
            .map(Erasure::below)
            .reduce(LOWEST, Version::max);
    List<Erasure> all =
        new ArrayList<>(
            met.stream()
                .filter(erasure -> !erasure.where().isAll())
                .filter(erasure -> erasure.below().compareTo(highest) > 0)
                .distinct()
                .toList());
    all.add(0, Erasure.below(highest));
    return new KnownErasures(all);
  }

  /** Reads what {@link #toText()} wrote; null means that none was met. */
  public static KnownErasures parse(String text) {
    return of(text == null ? List.of() : text.lines().map(Erasure::parse).toList());
  }

  /** A line each. */
  public String toText() {
    return all.stream().map(Erasure::toText).collect(Collectors.joining("\n"));
  }

  /** Whether it erases nothing that these do not. */
  public boolean include(Erasure erasure) {
    return all.stream()
        .anyMatch(
            known ->
                known.where().isAll()
                    ? erasure.below().compareTo(known.below()) <= 0
                    : known.equals(erasure));
  }

  /** All of them; the first is without a condition. */
  List<Erasure> all() {
    return all;
  }
}
