package dev.walcdc.change;

import java.util.Optional;

/**
 * What a sink can never apply as it is, however often it is tried: a value that the target cannot
 * hold, a row that cannot be found, a table that cannot follow its source. The message says what is
 * in the way and how to get it out of it. The rest of the batch can be applied without the change;
 * whether some of it was already, the sink says.
 */
public class RefusedChangeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String table;
  private final transient RowChange change;

  /**
   * The table itself is in the way, so that no change of it can be applied.
   *
   * @param table the source's table, {@link dev.walcdc.schema.TableSchema#qualifiedName()}
   */
  public RefusedChangeException(String table, String message) {
    this(table, null, message, null);
  }

  /** One change is in the way. */
  public RefusedChangeException(String table, RowChange change, String message) {
    this(table, change, message, null);
  }

  /** One change is in the way; {@code change} is null if it is the table. */
  public RefusedChangeException(String table, RowChange change, String message, Throwable cause) {
    super(message, cause);
    this.table = table;
    this.change = change;
  }

  /** The source's table, {@code schema.table}. */
  public String table() {
    return table;
  }

  /**
   * The change that is in the way, with its version and its partition: the same object that was in
   * the batch, or one with the same {@link RowChange#point()} where the sink had completed it.
   * Empty where the table is in the way of all.
   */
  public Optional<RowChange> change() {
    return Optional.ofNullable(change);
  }
}
