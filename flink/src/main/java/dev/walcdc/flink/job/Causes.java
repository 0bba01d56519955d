package dev.walcdc.flink.job;

/** What lies below the layers that Flink wraps an exception in. */
final class Causes {

  private Causes() {}

  /** The sentence of the innermost that has one. */
  static String root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}
