package dev.walcdc.verify;

import java.util.Collection;

/** The rows of one table at one moment of the source, however often they are read. */
interface MomentRows {

  /** What to compare of the table. */
  TablePlan plan();

  /**
   * Shows every row with its first columns.
   *
   * @return how many
   */
  long scan(int columns, RowVisitor visitor);

  /** Shows the rows with these keys. */
  void find(Collection<RowKey> keys, RowVisitor visitor);
}
