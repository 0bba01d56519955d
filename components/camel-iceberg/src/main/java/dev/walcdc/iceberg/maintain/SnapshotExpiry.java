package dev.walcdc.iceberg.maintain;

import java.time.Clock;

/**
 * Drops old snapshots, and the files that only they name. What a tag or a branch holds stays. The
 * sink's position does not get lost: each of its commits also leaves it in a property of the table.
 */
final class SnapshotExpiry {

  private final TableAccess table;
  private final MaintenancePolicy policy;
  private final Clock clock;

  SnapshotExpiry(TableAccess table, MaintenancePolicy policy, Clock clock) {
    this.table = table;
    this.policy = policy;
    this.clock = clock;
  }

  /** Files go only after a commit that surely succeeded; otherwise they are orphans of later on. */
  void run() {
    long olderThan = clock.instant().minus(policy.snapshotAge()).toEpochMilli();
    table.commitRepeatable(
        now -> now.expireSnapshots().expireOlderThan(olderThan).retainLast(policy.snapshots()));
  }
}
