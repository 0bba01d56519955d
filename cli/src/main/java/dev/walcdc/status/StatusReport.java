package dev.walcdc.status;

import java.util.List;

/**
 * The state of a pipeline at one moment.
 *
 * @param sourceLsn present end of the source's WAL; 0 without a source
 * @param capturedLsn LSN of the last position that capture stored; 0 without one
 * @param slotRetainedBytes WAL that the slot holds back; 0 without a source
 * @param epoch of the capture; 0 without one
 * @param tables one entry a table and sink, in the order of their names
 */
public record StatusReport(
    long sourceLsn,
    long capturedLsn,
    long slotRetainedBytes,
    int epoch,
    List<TableStatus> tables) {}
