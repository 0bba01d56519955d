package dev.walcdc.iceberg;

import java.util.Map;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.GenericDeleteFilter;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.formats.FormatModelRegistry;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Reads the rows of a few files that are not deleted. IcebergGenerics reads only whole scans, and
 * here some of a scan's files are known to be of no interest.
 */
final class LiveRows {

  private final Table table;
  private final Schema projection;
  private final Expression filter;

  /**
   * @param table the table
   * @param projection columns to read; the filter's must be among them
   * @param filter which rows
   */
  LiveRows(Table table, Schema projection, Expression filter) {
    this.table = table;
    this.projection = projection;
    this.filter = filter;
  }

  /** The rows of one file. Their first columns are the projection's. */
  CloseableIterable<Record> of(FileScanTask task) {
    GenericDeleteFilter deletes =
        new GenericDeleteFilter(table.io(), task, table.schema(), projection);
    Schema read = deletes.requiredSchema();
    CloseableIterable<Record> all =
        FormatModelRegistry.<Record, Object>readBuilder(
                task.file().format(), Record.class, table.io().newInputFile(task.file()))
            .project(read)
            .idToConstant(Map.of())
            .split(task.start(), task.length())
            .filter(filter)
            .build();
    InternalRecordWrapper row = new InternalRecordWrapper(read.asStruct());
    Evaluator matches = new Evaluator(read.asStruct(), filter);
    return CloseableIterable.filter(
        deletes.filter(all), candidate -> matches.eval(row.wrap(candidate)));
  }
}
