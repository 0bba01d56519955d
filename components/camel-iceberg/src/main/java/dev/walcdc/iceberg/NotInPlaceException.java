package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.schema.SchemaChange;

/** A table cannot follow its source's definition, but another one can be made that does. */
final class NotInPlaceException extends RefusedChangeException {

  private static final long serialVersionUID = 1L;

  private final transient SchemaChange change;

  NotInPlaceException(SchemaChange change, String message) {
    super(change.to().qualifiedName(), message);
    this.change = change;
  }

  /** From what the table is at to what it cannot follow. */
  SchemaChange schemaChange() {
    return change;
  }
}
