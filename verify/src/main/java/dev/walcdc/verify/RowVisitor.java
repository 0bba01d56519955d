package dev.walcdc.verify;

/** Is shown rows, one after the other. */
@FunctionalInterface
interface RowVisitor {

  /** Sees a row, which the next one overwrites. */
  void row(CanonicalRow row);
}
