package dev.walcdc.changelog;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RefusedChangesException.Refusal;
import java.util.List;
import java.util.Optional;

/** Finds out whether a route failed because of its records, or because of the sink. */
final class Refusals {

  private Refusals() {}

  /**
   * The refusal that made the route fail: a route wraps what its steps throw. Empty where the sink
   * is down, or the table itself is in the way.
   */
  static Optional<RefusedChangesException> in(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RefusedChangesException refused) {
        return Optional.of(refused);
      }
      if (cause instanceof RefusedChangeException refused && refused.change().isPresent()) {
        return Optional.of(new RefusedChangesException(List.of(Refusal.of(refused))));
      }
    }
    return Optional.empty();
  }
}
