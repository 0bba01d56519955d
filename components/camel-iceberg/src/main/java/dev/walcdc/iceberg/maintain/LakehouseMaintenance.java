package dev.walcdc.iceberg.maintain;

import dev.walcdc.iceberg.TableRole;
import dev.walcdc.iceberg.maintain.MaintenanceReport.Extent;
import dev.walcdc.iceberg.maintain.MaintenanceReport.TableReport;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  private static final Extent NOTHING = new Extent(0, 0, 0);

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
    List<TableIdentifier> identifiers = identifiers();
    Map<TableIdentifier, String> locations = new HashMap<>();
    List<TableReport> reports = new ArrayList<>();
    Set<TableIdentifier> unreadable = new HashSet<>();
    for (TableIdentifier identifier : identifiers) {
      try {
        locations.put(identifier, catalog.loadTable(identifier).location());
      } catch (NoSuchTableException e) {
        LOG.debug("Table {} was dropped meanwhile", identifier);
      } catch (RuntimeException e) {
        unreadable.add(identifier);
        if (chosen.test(identifier.toString())) {
          reports.add(failed(identifier, NOTHING, e));
        }
      }
    }
    for (TableIdentifier identifier : identifiers) {
      if (locations.containsKey(identifier) && chosen.test(identifier.toString())) {
        Map<TableIdentifier, String> others = new HashMap<>(locations);
        others.remove(identifier);
        maintain(identifier, unreadable.isEmpty() ? others.values() : null).ifPresent(reports::add);
      }
    }
    reports.sort(Comparator.comparing(TableReport::table));
    return new MaintenanceReport(reports);
  }

  private List<TableIdentifier> identifiers() {
    if (!(catalog instanceof SupportsNamespaces namespaces)) {
      throw new IllegalStateException(
          "Catalog %s does not say which namespaces it has, so its tables cannot be found; maintain them by another engine"
              .formatted(catalog.name()));
    }
    List<TableIdentifier> identifiers = new ArrayList<>();
    Deque<Namespace> open = new ArrayDeque<>(namespaces.listNamespaces());
    while (!open.isEmpty()) {
      Namespace namespace = open.remove();
      identifiers.addAll(catalog.listTables(namespace));
      open.addAll(namespaces.listNamespaces(namespace));
    }
    identifiers.sort(Comparator.comparing(TableIdentifier::toString));
    return identifiers;
  }

  /**
   * One table.
   *
   * @param otherLocations null where not all are known
   * @return empty if it is not this sink's to maintain
   */
  private Optional<TableReport> maintain(
      TableIdentifier identifier, Collection<String> otherLocations) {
    Extent before = NOTHING;
    try {
      if (Thread.currentThread().isInterrupted()) {
        throw new IllegalStateException("Maintenance was stopped; the next run does it");
      }
      Table table = catalog.loadTable(identifier);
      TableRole role = TableRole.of(table);
      if (!(role == TableRole.TABLE || role == TableRole.MADE_ANEW)) {
        return Optional.empty();
      }
      TableAccess access = new TableAccess(table.name(), ((HasTableOperations) table).operations());
      before = Extent.of(table);
      new Compaction(access, policy).run();
      new SnapshotExpiry(access, policy, clock).run();
      int orphans = 0;
      if (otherLocations == null) {
        LOG.warn(
            "Orphans of table {} stay, for nobody knows where all other tables lie", identifier);
      } else {
        orphans = new OrphanFiles(access, policy, clock, otherLocations).run();
      }
      return Optional.of(
          new TableReport(identifier.toString(), before, Extent.of(access.now()), orphans, null));
    } catch (NoSuchTableException e) {
      LOG.debug("Table {} was dropped meanwhile", identifier);
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(failed(identifier, before, e));
    }
  }

  private static TableReport failed(
      TableIdentifier identifier, Extent before, RuntimeException problem) {
    LOG.warn("Table {} was not maintained, or not to the end", identifier, problem);
    return new TableReport(
        identifier.toString(), before, before, 0, String.valueOf(problem.getMessage()));
  }
}
