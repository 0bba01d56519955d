package dev.walcdc.envelope;

import dev.walcdc.change.Erasure;
import java.util.ArrayList;
import java.util.List;

/** The erasures of one batch: of those without a condition the highest says all. */
final class Erasures {

  private Erasure unconditional;
  private final List<Erasure> conditional = new ArrayList<>();

  void add(Erasure erasure) {
    if (!erasure.where().isAll()) {
      if (!conditional.contains(erasure)) {
        conditional.add(erasure); // Each partition brings it.
      }
    } else if (unconditional == null || unconditional.below().compareTo(erasure.below()) < 0) {
      unconditional = erasure;
    }
  }

  /** The one without a condition first. */
  List<Erasure> all() {
    List<Erasure> all = new ArrayList<>(conditional);
    if (unconditional != null) {
      all.add(0, unconditional);
    }
    return all;
  }
}
