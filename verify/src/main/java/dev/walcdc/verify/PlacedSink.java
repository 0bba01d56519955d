package dev.walcdc.verify;

/** A sink whose rows can be set against places of the log. */
interface PlacedSink extends SinkRows {

  /**
   * The table's rows as they are now, with what of the log they hold.
   *
   * @param topic the topic that feeds the table
   * @return {@link PlacedRows#NONE} if the sink has no such table
   */
  PlacedRows place(TablePlan plan, String topic);
}
