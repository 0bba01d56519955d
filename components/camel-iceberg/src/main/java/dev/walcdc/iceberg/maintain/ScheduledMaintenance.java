package dev.walcdc.iceberg.maintain;

import dev.walcdc.iceberg.IcebergComponent;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.CamelContextStoppingEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.apache.iceberg.catalog.Catalog;

/**
 * What the route {@code maintain-lakehouse} calls. The catalog is that of the context's {@code
 * iceberg} component, opened anew for each run. Where the context has a {@link MeterRegistry},
 * gauges tell the last run. For one thread.
 */
public final class ScheduledMaintenance implements CamelContextAware {

  private CamelContext camelContext;
  private String tables = ".*";
  private long targetFileSize = MaintenancePolicy.STANDARD.targetFileBytes();
  private int smallFiles = MaintenancePolicy.STANDARD.smallFiles();
  private int deleteFiles = MaintenancePolicy.STANDARD.deleteFiles();
  private long deletedKeys = MaintenancePolicy.STANDARD.deletedKeys();
  private long snapshotAge = MaintenancePolicy.STANDARD.snapshotAge().toMillis();
  private int snapshots = MaintenancePolicy.STANDARD.snapshots();
  private long orphanAge = MaintenancePolicy.STANDARD.orphanAge().toMillis();
  private MaintenanceGauges gauges;
  private volatile Thread running;

  /**
   * Maintains all tables that were chosen, now. A table's trouble is in the log and in the gauges.
   * Ends early if the context stops: nothing is lost by it.
   *
   * @throws IllegalArgumentException if an option would do harm
   */
  public void run() throws IOException {
    MaintenancePolicy policy =
        new MaintenancePolicy(
            targetFileSize,
            smallFiles,
            deleteFiles,
            deletedKeys,
            Duration.ofMillis(snapshotAge),
            snapshots,
            Duration.ofMillis(orphanAge));
    Predicate<String> chosen =
        Pattern.compile(tables.replaceAll("\\s*,\\s*", "|")).asMatchPredicate();
    Catalog catalog =
        camelContext
            .getComponent("iceberg", IcebergComponent.class)
            .getConfiguration()
            .openCatalog();
    running = Thread.currentThread();
    try (Closeable closing = catalog instanceof Closeable open ? open : () -> {}) {
      tell(new LakehouseMaintenance(catalog, policy, Clock.systemUTC()).run(chosen));
    } finally {
      running = null;
    }
  }

  /** A stop would wait for a large table. */
  private final class Stop extends EventNotifierSupport {

    @Override
    public void notify(CamelEvent event) {
      Thread thread = running;
      if (event instanceof CamelContextStoppingEvent && thread != null) {
        thread.interrupt();
      }
    }
  }

  private void tell(MaintenanceReport report) {
    MeterRegistry registry = camelContext.getRegistry().findSingleByType(MeterRegistry.class);
    if (registry != null) {
      gauges = gauges == null ? new MaintenanceGauges(registry) : gauges;
      gauges.tell(report);
    }
  }

  @Override
  public CamelContext getCamelContext() {
    return camelContext;
  }

  @Override
  public void setCamelContext(CamelContext context) {
    this.camelContext = context;
    context.getManagementStrategy().addEventNotifier(new Stop());
  }

  /** Which tables: regular expressions of {@code schema.table}, comma between. */
  public void setTables(String tables) {
    this.tables = tables;
  }

  /** About how large data files are to become, in bytes. */
  public void setTargetFileSize(long targetFileSize) {
    this.targetFileSize = targetFileSize;
  }

  /** How many small files a table has before they are rewritten. */
  public void setSmallFiles(int smallFiles) {
    this.smallFiles = smallFiles;
  }

  /** How many delete files apply to a data file before it is rewritten. */
  public void setDeleteFiles(int deleteFiles) {
    this.deleteFiles = deleteFiles;
  }

  /** How many keys of deleted rows are held in memory at most. */
  public void setDeletedKeys(long deletedKeys) {
    this.deletedKeys = deletedKeys;
  }

  /** How long snapshots stay, in milliseconds. */
  public void setSnapshotAge(long snapshotAge) {
    this.snapshotAge = snapshotAge;
  }

  /** How many of the newest snapshots stay however old they are. */
  public void setSnapshots(int snapshots) {
    this.snapshots = snapshots;
  }

  /** How old a file is before it may be removed because nothing names it, in milliseconds. */
  public void setOrphanAge(long orphanAge) {
    this.orphanAge = orphanAge;
  }
}
