package dev.walcdc.verify;

import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;

/**
 * Where the lake's tables are.
 *
 * @param catalog their catalog; the caller closes it
 * @param namespace the namespace of the tables with dots between its levels, or {@code *} for one
 *     namespace per PostgreSQL schema; as in the sink's {@code iceberg:} endpoint
 */
public record IcebergAccess(Catalog catalog, String namespace) {

  /** One namespace per PostgreSQL schema. */
  public static IcebergAccess perSchema(Catalog catalog) {
    return new IcebergAccess(catalog, ClickHouseAccess.PER_SCHEMA);
  }

  Namespace namespaceOf(String schema) {
    return namespace.equals(ClickHouseAccess.PER_SCHEMA)
        ? Namespace.of(schema)
        : Namespace.of(namespace.split("\\.", -1));
  }
}
