package dev.walcdc.iceberg;

import dev.walcdc.failpoint.FailPoint;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.LocationProvider;

/**
 * A catalog's table operations for one attempt to commit, with two differences.
 *
 * <p>The table stays as it was when its position was looked at: Iceberg refreshes a table before it
 * commits, and would put the commit on top of what another writer did since. Here such a commit
 * fails at the catalog.
 *
 * <p>No failure at the catalog is passed on as certain. What a catalog reports as failed may have
 * succeeded (its client repeats an update after a lost connection, and then finds nothing to
 * update), and Iceberg reacts to a failure by deleting the commit's manifests, which then are the
 * table's own. On an unknown outcome it deletes nothing and does not retry, and the one who knows
 * the commit's UUID finds out.
 */
public final class PinnedOperations extends ForwardingOperations {

  private final TableMetadata pinned;
  private boolean sent;

  /**
   * Operations for one attempt.
   *
   * @param catalog the catalog's operations on the table
   * @param pinned the metadata that the attempt is made on
   */
  public PinnedOperations(TableOperations catalog, TableMetadata pinned) {
    super(catalog);
    this.pinned = pinned;
  }

  /** Whether anything was asked of the catalog: until then a failure is certain. */
  public boolean isSent() {
    return sent;
  }

  @Override
  public TableMetadata current() {
    return sent ? super.current() : pinned;
  }

  @Override
  public TableMetadata refresh() {
    return sent ? super.refresh() : pinned;
  }

  @Override
  public void commit(TableMetadata base, TableMetadata metadata) {
    sent = true;
    try {
      FailPoint.ICEBERG_COMMIT_SENT.reach();
      super.commit(base, metadata);
      FailPoint.ICEBERG_COMMIT_ANSWERED.reach();
    } catch (CommitStateUnknownException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CommitStateUnknownException(e);
    }
  }

  @Override
  public LocationProvider locationProvider() {
    return LocationProviders.locationsFor(pinned.location(), pinned.properties());
  }
}
