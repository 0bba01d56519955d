package dev.walcdc.flink.job;

import dev.walcdc.flink.lake.LakeTable;
import java.util.Optional;
import java.util.OptionalLong;

/** Decides where a table's job begins: from nothing, from its newest checkpoint, or not at all. */
final class JobStart {

  private JobStart() {}

  /**
   * Decides.
   *
   * @param table as the source has it
   * @param newest the newest checkpoint that was found
   * @param folder where it was looked for
   * @return the checkpoint to go on from; empty to begin from nothing
   * @throws StartRefusedException if rows would be lost or written twice
   */
  static Optional<Checkpoint> decide(
      String table, LakeTable lake, Optional<Checkpoint> newest, String folder) {
    if (newest.isEmpty() && lake.hasCommits()) {
      throw new StartRefusedException(
          "Table %s holds commits, but there is no checkpoint of its job in %s. Without its state the job would not know which rows it wrote. Bring the folder back (FLINK_CHECKPOINTS), or begin the table anew: `flink-sql rebuild %s`"
              .formatted(lake.name(), folder, table));
    }
    OptionalLong committed = lake.committedCheckpoint();
    if (newest.isPresent()
        && committed.isPresent()
        && committed.getAsLong() > newest.get().number()) {
      throw new StartRefusedException(
          "Table %s holds the rows of checkpoint %d, and the newest in %s is %d. Bring the later one back, or begin the table anew: `flink-sql rebuild %s`"
              .formatted(lake.name(), committed.getAsLong(), folder, newest.get().number(), table));
    }
    return newest;
  }
}
