package dev.walcdc.status;

/**
 * How far one sink has come with one table.
 *
 * @param table schema and table
 * @param sink {@code clickhouse} or {@code iceberg}
 * @param recordsApplied records of the log applied so far, tombstones and repeated ones included
 * @param appliedLsn every change of the table up to this LSN is applied; 0 where that is not known
 * @param lagRecords records of the table's topic that wait
 * @param lagBytes bytes of WAL between {@code appliedLsn} and the source's present end; -1 where
 *     the source is not known
 * @param lagSeconds age of the last change applied if others wait; 0 if none do
 * @param freshnessSeconds time from the commit of the last change applied to its being queryable
 */
public record TableStatus(
    String table,
    String sink,
    long recordsApplied,
    long appliedLsn,
    long lagRecords,
    long lagBytes,
    double lagSeconds,
    double freshnessSeconds) {}
