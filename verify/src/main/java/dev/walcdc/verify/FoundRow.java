package dev.walcdc.verify;

import dev.walcdc.change.Version;
import java.util.Arrays;
import java.util.Set;

/**
 * A row as a sink holds it.
 *
 * @param columns a hash for each value
 * @param version rank of the change that wrote it; null where the sink keeps none
 * @param times how often the sink holds it
 */
record FoundRow(long[] columns, Version version, int times) {

  /** The same row met once more. */
  FoundRow again() {
    return new FoundRow(columns, version, times + 1);
  }

  /**
   * Whether it is what a record made of the row, or what the row was when the source was read: that
   * has no version here, for it may have been written by any change before.
   */
  boolean is(RowState state, Set<Version> rereads) {
    boolean ranked =
        version == null
            || state.version() == null
            || version.equals(state.version())
            || rereads.contains(version);
    return ranked && Arrays.equals(columns, state.columns());
  }
}
