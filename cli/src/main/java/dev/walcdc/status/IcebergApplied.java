package dev.walcdc.status;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchTableException;

/** Reads the position in the summary of an Iceberg table's newest snapshot that has one. */
final class IcebergApplied {

  private final Catalog catalog;
  private final ObjectMapper json = new ObjectMapper();

  IcebergApplied(Catalog catalog) {
    this.catalog = catalog;
  }

  /** What is applied of a table; empty before the first commit. */
  Optional<Applied> read(String schema, String tableName) {
    Table table;
    try {
      table = catalog.loadTable(TableIdentifier.of(schema, tableName));
    } catch (NoSuchTableException e) {
      return Optional.empty();
    }
    Snapshot snapshot = table.currentSnapshot();
    while (snapshot != null && !snapshot.summary().containsKey("walcdc.next-offsets")) {
      snapshot = snapshot.parentId() == null ? null : table.snapshot(snapshot.parentId());
    }
    return Optional.ofNullable(snapshot).map(this::applied);
  }

  private Applied applied(Snapshot snapshot) {
    Map<String, String> summary = snapshot.summary();
    try {
      Map<Integer, Long> next =
          json.readValue(summary.get("walcdc.next-offsets"), new TypeReference<>() {});
      Map<Integer, String> watermarks =
          json.readValue(summary.getOrDefault("walcdc.watermarks", "{}"), new TypeReference<>() {});
      String committedAt = summary.get("walcdc.committed-at");
      return new Applied(
          next,
          Long.parseLong(summary.getOrDefault("walcdc.records", "0")),
          watermarks.values().stream().mapToLong(IcebergApplied::lsn).max().orElse(0),
          committedAt == null
              ? 0
              : ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(committedAt)),
          snapshot.timestampMillis() * 1_000);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "Snapshot " + snapshot.snapshotId() + " holds no position", e);
    }
  }

  /** A watermark is written as epoch/last commit/LSN, hexadecimal, and what follows. */
  private static long lsn(String watermark) {
    String[] parts = watermark.split("[/#:@]");
    return Long.parseUnsignedLong(parts[2], 16);
  }
}
