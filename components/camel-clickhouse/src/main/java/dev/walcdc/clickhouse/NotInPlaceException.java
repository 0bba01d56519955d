package dev.walcdc.clickhouse;

import dev.walcdc.schema.TableSchema;

/** A table cannot follow its source's definition, but another one can be made that does. */
final class NotInPlaceException extends SchemaRefusedException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  NotInPlaceException(TableSchema schema, String reason, String wayOut) {
    super(schema, reason, wayOut);
    this.reason = reason;
  }

  /** Why, in the middle of a sentence about the source's table. */
  String reason() {
    return reason;
  }
}
