package dev.walcdc.verify;

import dev.walcdc.change.Version;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Rows of a table in a sink, and how far on the log they are. Failures are {@link SinkFailure}s.
 */
interface PlacedRows {

  /** Columns by which both sinks tell rows of a table without a key apart. */
  List<String> KEYLESS_IDENTITY = List.of("_epoch", "_lsn", "_ordinal");

  /** Of a table that is not there. */
  PlacedRows NONE =
      new PlacedRows() {
        @Override
        public SortedMap<Integer, Long> applied() {
          return new TreeMap<>();
        }

        @Override
        public boolean isPinned() {
          return true;
        }

        @Override
        public long scan(Version since, PlacedVisitor visitor) {
          return 0;
        }
      };

  /** Is shown rows, one after the other. */
  @FunctionalInterface
  interface PlacedVisitor {

    /**
     * Sees a row, which the next one overwrites.
     *
     * @param row the plan's values; in a table without a key the row's epoch, LSN and ordinal next;
     *     what may follow is not for comparison
     * @param version rank of the change that wrote it; null where the sink keeps none, or it is
     *     lower than what was asked for
     */
    void row(CanonicalRow row, Version version);
  }

  /** Offset to apply next, by partition: the rows hold all that lies before. */
  SortedMap<Integer, Long> applied();

  /** Whether the rows hold nothing else, however often and late they are read. */
  boolean isPinned();

  /**
   * Shows every row of one state of the table.
   *
   * @param since versions that matter; of lower ones none need be given
   * @return how many
   */
  long scan(Version since, PlacedVisitor visitor);
}
