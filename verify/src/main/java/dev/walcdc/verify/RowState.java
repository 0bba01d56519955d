package dev.walcdc.verify;

import dev.walcdc.change.Version;

/**
 * What one record of the log made of its row.
 *
 * @param partition partition of the record
 * @param offset its offset there
 * @param version rank of the change
 * @param columns a hash for each value, as {@link CanonicalRow#columnHashes(int)} makes them;
 *     {@link #LEFT_OUT} where the record leaves out a value that did not change; null for a
 *     deletion
 */
record RowState(int partition, long offset, Version version, long[] columns) {

  /** In the place of a hash. */
  static final long LEFT_OUT = 0;
}
