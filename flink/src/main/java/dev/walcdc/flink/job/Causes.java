package dev.walcdc.flink.job;

import dev.walcdc.flink.change.RefusedRecordException;

/** What lies below the layers that Flink wraps an exception in. */
final class Causes {

  private Causes() {}

  /** The sentence of a refused record, which says all; else that of the innermost. */
  static String root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && !(root instanceof RefusedRecordException)) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}
