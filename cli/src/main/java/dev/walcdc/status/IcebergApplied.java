package dev.walcdc.status;

import dev.walcdc.iceberg.StoredPosition;
import java.util.Optional;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchTableException;

/** Reads the position that the sink has stored in an Iceberg table. */
final class IcebergApplied {

  private final Catalog catalog;

  IcebergApplied(Catalog catalog) {
    this.catalog = catalog;
  }

  /** What is applied of a table; empty before the first commit. */
  Optional<Applied> read(String schema, String tableName) {
    try {
      return StoredPosition.of(catalog.loadTable(TableIdentifier.of(schema, tableName)))
          .map(IcebergApplied::applied);
    } catch (NoSuchTableException e) {
      return Optional.empty();
    }
  }

  private static Applied applied(StoredPosition stored) {
    return new Applied(
        stored.nextOffsets(),
        stored.records(),
        stored.lsn(),
        stored.committedAtMicros(),
        stored.appliedAtMicros());
  }
}
