package dev.walcdc.verify;

import java.util.Collection;

/** Reads the rows of tables from one sink. Every failure is a {@link SinkFailure}. */
interface SinkRows {

  /** Its name in the report. */
  String name();

  /** Where it keeps the table, for messages. */
  String tableName(TablePlan plan);

  /**
   * Whether it has the table now.
   *
   * @throws SinkFailure if it is making it anew: what readers see is of before a change of the
   *     source's definition, and differs in every row
   */
  boolean hasTable(TablePlan plan);

  /**
   * Shows every row. Columns that the sink does not have yet are NULL in it.
   *
   * @return how many
   */
  long scan(TablePlan plan, RowVisitor visitor);

  /** How many rows there are now; 0 without the table. */
  long count(TablePlan plan);

  /** Shows the rows with these keys, and maybe others. */
  void find(TablePlan plan, Collection<RowKey> keys, RowVisitor visitor);
}
