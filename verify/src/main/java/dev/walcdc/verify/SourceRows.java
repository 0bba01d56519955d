package dev.walcdc.verify;

import java.util.Collection;

/** Reads the rows of tables from the source. Every failure is a {@link VerifyException}. */
interface SourceRows {

  /**
   * Shows every row of one moment, with its first columns only.
   *
   * @return how many
   */
  long scan(TablePlan plan, int columns, RowVisitor visitor);

  /** Shows the rows with these keys. */
  void find(TablePlan plan, Collection<RowKey> keys, RowVisitor visitor);
}
