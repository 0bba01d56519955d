package dev.walcdc.capture;

import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.schema.TableSchema;
import java.util.List;

/**
 * What an engine captured since the last batch.
 *
 * @param schemas schemas that records name for the first time; to be durable before the records
 * @param records records in the order in which they are to be written; may be empty
 * @param confirmable how far the source may be confirmed once the records are durable; null for "no
 *     further than before"
 * @param snapshotEnds whether the snapshot ends with this batch
 */
public record CapturedBatch(
    List<TableSchema> schemas,
    List<OutgoingRecord> records,
    SourcePosition confirmable,
    boolean snapshotEnds) {}
