package dev.walcdc.bench;

/**
 * How far a sink had applied the topic at a moment, by its own account.
 *
 * @param nextOffset all records before it are applied
 * @param atMicros when, microseconds since 1970 UTC
 */
record Progress(long nextOffset, long atMicros) {}
