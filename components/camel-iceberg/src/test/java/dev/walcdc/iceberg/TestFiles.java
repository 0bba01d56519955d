package dev.walcdc.iceberg;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.parquet.Parquet;

/** What maintenance does to a table. */
final class TestFiles {

  private TestFiles() {}

  /** Rewrites all rows into one file, as a compaction does. */
  static void rewriteAll(Table table) {
    Set<DataFile> old = new HashSet<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles();
        CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
      tasks.forEach(task -> old.add(task.file()));
      List<Record> rows = new ArrayList<>();
      records.forEach(rows::add);
      DataWriter<Record> writer =
          Parquet.writeData(
                  table
                      .io()
                      .newOutputFile(
                          table.locationProvider().newDataLocation(UUID.randomUUID() + ".parquet")))
              .forTable(table)
              .withSpec(PartitionSpec.unpartitioned())
              .createWriterFunc(GenericParquetWriter::create)
              .build();
      try (writer) {
        rows.forEach(writer::write);
      }
      table.newRewrite().rewriteFiles(old, Set.of(writer.toDataFile())).commit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
