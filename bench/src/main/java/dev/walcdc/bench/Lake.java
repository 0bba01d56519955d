package dev.walcdc.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.local.ConnectionSettings;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;

/** The Iceberg table {@code app.ledger}. */
final class Lake implements AutoCloseable {

  private static final TableIdentifier LEDGER = TableIdentifier.of("app", "ledger");
  private static final String NEXT_OFFSETS = "walcdc.next-offsets";

  private final JdbcCatalog catalog;
  private final ObjectMapper json = new ObjectMapper();

  Lake(ConnectionSettings servers) {
    catalog = dev.walcdc.cli.Lake.open(servers);
  }

  /** Every commit of ours, oldest first; none while the table is not there. */
  List<Progress> commits() throws IOException {
    List<Progress> commits = new ArrayList<>();
    if (catalog.tableExists(LEDGER)) {
      for (Snapshot snapshot : catalog.loadTable(LEDGER).snapshots()) {
        String offsets = snapshot.summary().get(NEXT_OFFSETS);
        if (offsets != null) {
          Map<Integer, Long> next = json.readValue(offsets, new TypeReference<>() {});
          commits.add(new Progress(next.getOrDefault(0, 0L), snapshot.timestampMillis() * 1_000));
        }
      }
    }
    commits.sort(Comparator.comparingLong(Progress::nextOffset));
    return commits;
  }

  /** Reads all rows, with what was deleted since taken out. */
  RowDigest digest() throws IOException {
    RowDigest digest = new RowDigest();
    Table table = catalog.loadTable(LEDGER);
    try (CloseableIterable<Record> rows = IcebergGenerics.read(table).build()) {
      for (Record row : rows) {
        OffsetDateTime bookedAt = (OffsetDateTime) row.getField("booked_at");
        digest.add(
            (Long) row.getField("id"),
            (String) row.getField("account"),
            (String) row.getField("note"),
            ChronoUnit.MICROS.between(Instant.EPOCH, bookedAt.toInstant()),
            (BigDecimal) row.getField("amount"),
            (String) row.getField("details"));
      }
    }
    return digest;
  }

  @Override
  public void close() {
    catalog.close();
  }
}
