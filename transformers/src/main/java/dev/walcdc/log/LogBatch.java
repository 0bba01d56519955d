package dev.walcdc.log;

import dev.walcdc.schema.TableSchema;
import java.util.List;

/**
 * Records of one topic that were written under one schema, each partition's in the order of their
 * offsets.
 *
 * @param topic the topic
 * @param schema the schema that the records' header names; never null
 * @param records at least one
 * @param replay whether the log's position has passed these records: they are applied late, and it
 *     does not move
 * @param partitions how many partitions the topic has; 0 where that is not known
 */
public record LogBatch(
    String topic, TableSchema schema, List<LogRecord> records, boolean replay, int partitions) {

  /** What comes next on a log of which nobody knows how many partitions it has. */
  public LogBatch(String topic, TableSchema schema, List<LogRecord> records) {
    this(topic, schema, records, false, 0);
  }
}
