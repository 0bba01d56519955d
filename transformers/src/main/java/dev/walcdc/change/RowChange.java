package dev.walcdc.change;

/**
 * A change of one row, or several changes of it folded into the last.
 *
 * @param point the change whose outcome this is
 * @param since the first change that was folded in; {@code point} itself where there was but one;
 *     an update in its place where the sink's row may not be what the log says that it was before
 * @param row values by the position of their columns in the batch's schema, each in the form of its
 *     {@link dev.walcdc.schema.Carrier} or a {@link SpecialValue}, null for SQL NULL, {@link
 *     Unchanged#TOAST} where the source did not say. Of a deletion only the key's columns are sure
 *     to be there. Not to be modified once it left the stage that made it
 * @param partition partition of the topic that carried the change
 * @param offset offset of the record there that carried {@code point}
 * @param committedAtMicros when the source committed it, microseconds since 1970 UTC
 */
public record RowChange(
    ChangePoint point,
    ChangePoint since,
    Object[] row,
    int partition,
    long offset,
    long committedAtMicros) {

  /** A change that nothing was folded into. */
  public static RowChange of(
      ChangePoint point, Object[] row, int partition, long offset, long committedAtMicros) {
    return new RowChange(point, point, row, partition, offset, committedAtMicros);
  }

  /** The same change with these values. */
  public RowChange withRow(Object[] values) {
    return new RowChange(point, since, values, partition, offset, committedAtMicros);
  }

  /** Whether it changed a row that was there, under the key that it has. */
  public boolean isUpdateOnly() {
    return point.operation() == Operation.UPDATE && since.operation() == Operation.UPDATE;
  }

  /** Whether the row is gone after this change. */
  public boolean isDelete() {
    return point.operation() == Operation.DELETE;
  }

  public Version version() {
    return point.version();
  }
}
