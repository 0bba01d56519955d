package dev.walcdc.iceberg;

import java.util.function.Supplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/** A catalog's operations whose commits meet a fault. */
final class FaultyOperations implements TableOperations {

  private final TableOperations catalog;
  private final Supplier<Fault> fault;
  private final Runnable beforeRefresh;

  FaultyOperations(TableOperations catalog, Supplier<Fault> fault, Runnable beforeRefresh) {
    this.catalog = catalog;
    this.beforeRefresh = beforeRefresh;
    this.fault = fault;
  }

  @Override
  public TableMetadata current() {
    return catalog.current();
  }

  @Override
  public TableMetadata refresh() {
    beforeRefresh.run();
    return catalog.refresh();
  }

  @Override
  public void commit(TableMetadata base, TableMetadata metadata) {
    if (base == null) {
      catalog.commit(null, metadata);
    } else {
      fault.get().commit(catalog, base, metadata);
    }
  }

  @Override
  public FileIO io() {
    return catalog.io();
  }

  @Override
  public EncryptionManager encryption() {
    return catalog.encryption();
  }

  @Override
  public String metadataFileLocation(String fileName) {
    return catalog.metadataFileLocation(fileName);
  }

  @Override
  public LocationProvider locationProvider() {
    return catalog.locationProvider();
  }

  @Override
  public TableOperations temp(TableMetadata uncommitted) {
    return catalog.temp(uncommitted);
  }

  @Override
  public long newSnapshotId() {
    return catalog.newSnapshotId();
  }
}
