package dev.walcdc.capture.debezium;

/**
 * Sees to it that the last commit which changes carry never goes back, so that their versions are
 * those of the first time when they come again. Debezium stores the last commit of the change that
 * was confirmed, which is not the one that the next transaction's changes had: after a restart it
 * would give these the older one.
 */
final class LastCommits {

  private long greatest;

  /**
   * @param start where the position left it; 0 at the beginning of an epoch
   */
  LastCommits(long start) {
    this.greatest = start;
  }

  /** Takes notice of the next row, and raises what it carries where that is lower than before. */
  void pass(SourceRow row) {
    if (row.snapshot()) {
      return; // A snapshot's rows have no last commit: they all have one version.
    }
    long own = row.lastCommitLsn();
    if (own >= greatest) {
      greatest = own;
    } else {
      row.setLastCommitLsn(greatest);
    }
  }

  /** The greatest so far. */
  long greatest() {
    return greatest;
  }
}
