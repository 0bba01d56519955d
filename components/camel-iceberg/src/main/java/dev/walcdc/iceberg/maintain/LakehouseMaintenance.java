package dev.walcdc.iceberg.maintain;

import dev.walcdc.iceberg.TableRole;
import dev.walcdc.iceberg.maintain.MaintenanceReport.Extent;
import dev.walcdc.iceberg.maintain.MaintenanceReport.TableReport;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintains the tables that the sink writes, one after the other, while it writes them. Tables of
 * others are left alone (Flink maintains its own), and so is a table that is only being filled to
 * take another one's place.
 */
public final class LakehouseMaintenance {

  private static final Logger LOG = LoggerFactory.getLogger(LakehouseMaintenance.class);

  private final Catalog catalog;
  private final MaintenancePolicy policy;
  private final Clock clock;

  /**
   * @param catalog the lake's; the caller closes it
   * @param clock what snapshots' and files' ages are told by
   */
  public LakehouseMaintenance(Catalog catalog, MaintenancePolicy policy, Clock clock) {
    this.catalog = catalog;
    this.policy = policy;
    this.clock = clock;
  }

  /**
   * Maintains tables now. What goes wrong with one is in the report and in the log, and the others
   * are maintained. Ends early, with a problem for each table left, if the thread is interrupted.
   *
   * @param chosen which tables: namespace and name, a dot between
   * @throws RuntimeException if the catalog does not say which tables there are
   */
  public MaintenanceReport run(Predicate<String> chosen) {
    Map<TableIdentifier, Table> all = new LinkedHashMap<>();
    identifiers().forEach(identifier -> load(identifier, all));
    List<TableReport> reports = new ArrayList<>();
    for (Map.Entry<TableIdentifier, Table> entry : all.entrySet()) {
      Table table = entry.getValue();
      TableRole role = TableRole.of(table);
      boolean ours = role == TableRole.TABLE || role == TableRole.MADE_ANEW;
      if (ours && chosen.test(entry.getKey().toString())) {
        List<String> others =
            all.values().stream().filter(other -> other != table).map(Table::location).toList();
        reports.add(maintain(entry.getKey().toString(), table, others));
      }
    }
    return new MaintenanceReport(reports);
  }

  private List<TableIdentifier> identifiers() {
    if (!(catalog instanceof SupportsNamespaces namespaces)) {
      throw new IllegalStateException(
          "Catalog %s does not say which namespaces it has, so its tables cannot be found; maintain them by another engine"
              .formatted(catalog.name()));
    }
    List<TableIdentifier> identifiers = new ArrayList<>();
    for (Namespace namespace : namespaces.listNamespaces()) {
      identifiers.addAll(catalog.listTables(namespace));
    }
    identifiers.sort(Comparator.comparing(TableIdentifier::toString));
    return identifiers;
  }

  private void load(TableIdentifier identifier, Map<TableIdentifier, Table> all) {
    try {
      all.put(identifier, catalog.loadTable(identifier));
    } catch (NoSuchTableException e) {
      LOG.debug("Table {} was dropped meanwhile", identifier);
    }
  }

  private TableReport maintain(String name, Table table, List<String> otherLocations) {
    TableAccess access = new TableAccess(table.name(), ((HasTableOperations) table).operations());
    Extent before = new Extent(0, 0, 0);
    try {
      if (Thread.currentThread().isInterrupted()) {
        throw new IllegalStateException("Maintenance was stopped; the next run does it");
      }
      before = Extent.of(access.now());
      new Compaction(access, policy).run();
      new SnapshotExpiry(access, policy, clock).run();
      int orphans = new OrphanFiles(access, policy, clock, otherLocations).run();
      return new TableReport(name, before, Extent.of(access.now()), orphans, null);
    } catch (RuntimeException e) {
      LOG.warn("Table {} was not maintained, or not to the end", name, e);
      return new TableReport(name, before, before, 0, String.valueOf(e.getMessage()));
    }
  }
}
