package dev.walcdc.stock;

import dev.walcdc.change.RefusedChangesException.Refusal;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;
import java.util.List;

/**
 * Records of one topic, in their order, as capture would have written them under one schema.
 *
 * @param schema the schema that their own structure tells; null where none of them tells any
 * @param records as many as there were; one that cannot be turned is left as it was
 * @param refusals those that cannot be turned, and why
 */
public record StockBatch(TableSchema schema, List<LogRecord> records, List<Refusal> refusals) {}
