package dev.walcdc.log;

/**
 * One record of a change topic as it lies on the log.
 *
 * @param partition its partition
 * @param offset its offset there
 * @param key its key; null for a table without one
 * @param value its value; null for a tombstone or a fence
 * @param ordinal what {@link RecordHeaders#ORDINAL} says; 0 where it is missing
 * @param fence what {@link RecordHeaders#FENCE} says: rows of lower epochs are to go; 0 for every
 *     other record
 */
public record LogRecord(
    int partition, long offset, byte[] key, byte[] value, long ordinal, int fence) {}
