package dev.walcdc.capture;

import java.util.Map;

/**
 * A place in the source's WAL at which capture can go on: all changes up to it are captured, and no
 * transaction is cut.
 *
 * @param lsn LSN of the last change
 * @param confirmedLsn how far the source's slot gets confirmed at most once this is reached: the
 *     end of the last COMMIT before that transaction, which lies after {@code lsn} if it came
 *     between the transaction's last change and its own COMMIT
 * @param lastCommitLsn the highest last commit that a change up to the next transaction's first one
 *     carries: an engine that starts here may know only an older one, and a change that comes again
 *     must get the same version
 * @param txId id of the transaction that made it; null at the end of a snapshot
 * @param offset what the engine itself needs to go on there; numbers, strings and booleans
 */
public record SourcePosition(
    long lsn, long confirmedLsn, long lastCommitLsn, Long txId, Map<String, Object> offset) {

  public SourcePosition {
    offset = Map.copyOf(offset);
  }
}
