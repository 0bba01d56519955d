package dev.walcdc.clickhouse;

import dev.walcdc.change.RowChange;

/**
 * One change of a batch cannot be applied, now or later: the target cannot hold a value, or the
 * change names a row that cannot be found. Of the batch's other changes some may have been written;
 * the batch without this change can be applied at once.
 */
public class ChangeRefusedException extends ClickHouseException {

  private static final long serialVersionUID = 1L;

  private final transient RowChange change;

  ChangeRefusedException(RowChange change, String message) {
    super(message);
    this.change = change;
  }

  /** The change: the same object that was in the batch. */
  public RowChange change() {
    return change;
  }
}
