package dev.walcdc.iceberg;

import java.util.function.Supplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;

/** A catalog's operations whose commits meet a fault. */
final class FaultyOperations extends ForwardingOperations {

  private final Supplier<Fault> fault;
  private final Runnable beforeRefresh;

  FaultyOperations(TableOperations catalog, Supplier<Fault> fault, Runnable beforeRefresh) {
    super(catalog);
    this.beforeRefresh = beforeRefresh;
    this.fault = fault;
  }

  @Override
  public TableMetadata refresh() {
    beforeRefresh.run();
    return super.refresh();
  }

  @Override
  public void commit(TableMetadata base, TableMetadata metadata) {
    if (base == null) {
      super.commit(null, metadata);
    } else {
      fault.get().commit(catalog(), base, metadata);
    }
  }
}
