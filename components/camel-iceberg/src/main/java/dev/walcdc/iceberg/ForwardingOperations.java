package dev.walcdc.iceberg;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/** A catalog's operations on a table, passed on; subclasses change some of them. */
abstract class ForwardingOperations implements TableOperations {

  private final TableOperations catalog;

  ForwardingOperations(TableOperations catalog) {
    this.catalog = catalog;
  }

  /** What the calls are passed on to. */
  final TableOperations catalog() {
    return catalog;
  }

  @Override
  public TableMetadata current() {
    return catalog.current();
  }

  @Override
  public TableMetadata refresh() {
    return catalog.refresh();
  }

  @Override
  public void commit(TableMetadata base, TableMetadata metadata) {
    catalog.commit(base, metadata);
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
