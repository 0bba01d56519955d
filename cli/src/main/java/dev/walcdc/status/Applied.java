package dev.walcdc.status;

import java.util.Map;

/**
 * What a sink itself has stored of one table.
 *
 * @param nextOffsets by partition
 * @param records of the log applied so far
 * @param lsn of the last change applied
 * @param committedAtMicros when the source committed that; 0 where nothing was applied
 * @param appliedAtMicros when it became queryable
 */
record Applied(
    Map<Integer, Long> nextOffsets,
    long records,
    long lsn,
    long committedAtMicros,
    long appliedAtMicros) {}
