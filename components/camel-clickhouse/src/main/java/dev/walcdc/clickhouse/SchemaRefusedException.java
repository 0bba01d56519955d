package dev.walcdc.clickhouse;

import dev.walcdc.schema.TableSchema;

/**
 * A table cannot be made, or cannot follow its source's definition. Every batch under this schema
 * will be refused until somebody acts on what the message says; other tables are not concerned.
 */
public class SchemaRefusedException extends ClickHouseException {

  private static final long serialVersionUID = 1L;

  private final transient TableSchema schema;

  SchemaRefusedException(TableSchema schema, String reason, String wayOut) {
    super(
        "Table `%s` cannot be applied to ClickHouse: %s. %s."
            .formatted(schema.qualifiedName(), reason, wayOut));
    this.schema = schema;
  }

  /** The schema that was refused. */
  public TableSchema schema() {
    return schema;
  }
}
