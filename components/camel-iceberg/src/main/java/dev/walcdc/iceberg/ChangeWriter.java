package dev.walcdc.iceberg;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.data.parquet.InternalWriter;
import org.apache.iceberg.deletes.EqualityDeleteWriter;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.encryption.EncryptedOutputFile;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.FileWriterFactory;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.io.RollingDataWriter;
import org.apache.iceberg.io.RollingEqualityDeleteWriter;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.PropertyUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the data files and equality-delete files of one commit. A row's own deletion goes before
 * it: an equality delete never touches rows of its own commit. Files are named after the commit.
 * Closed before {@link #complete}, or after {@link #discard}, it leaves nothing behind.
 *
 * <p>Rows are in Iceberg's internal form, which Parquet takes as it is; the generic records of
 * iceberg-data would first be turned into java.time and back.
 */
public final class ChangeWriter implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(ChangeWriter.class);

  private final Table table;
  private final Files files;
  private final OutputFileFactory names;
  private final long dataFileBytes;
  private RollingDataWriter<StructLike> rows;
  private RollingEqualityDeleteWriter<StructLike> deletes;
  private boolean keep;

  /**
   * @param table the table
   * @param identity its columns that identify a row
   * @param commitId UUID of the commit
   */
  ChangeWriter(Table table, Schema identity, String commitId) {
    this(
        table,
        identity,
        commitId,
        sizeOf(
            table,
            TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
            TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT));
  }

  /**
   * A writer of a commit's files.
   *
   * @param table the table
   * @param identity its columns that identify a row
   * @param commitId UUID of the commit
   * @param dataFileBytes about how large a data file may become
   */
  public ChangeWriter(Table table, Schema identity, String commitId, long dataFileBytes) {
    this.dataFileBytes = dataFileBytes;
    this.table = table;
    this.files = new Files(table, identity);
    this.names =
        OutputFileFactory.builderFor(table, 0, 0)
            .format(FileFormat.PARQUET)
            .operationId(commitId)
            .build();
  }

  /** Adds a row. */
  public void insert(StructLike row) {
    if (rows == null) {
      rows =
          new RollingDataWriter<>(
              files, names, table.io(), dataFileBytes, PartitionSpec.unpartitioned(), null);
    }
    rows.write(row);
  }

  /** Deletes the row with this identity, if an earlier commit left one. */
  void delete(StructLike identity) {
    if (deletes == null) {
      deletes =
          new RollingEqualityDeleteWriter<>(
              files,
              names,
              table.io(),
              sizeOf(
                  table,
                  TableProperties.DELETE_TARGET_FILE_SIZE_BYTES,
                  TableProperties.DELETE_TARGET_FILE_SIZE_BYTES_DEFAULT),
              PartitionSpec.unpartitioned(),
              null);
    }
    deletes.write(identity);
  }

  private static long sizeOf(Table table, String property, long otherwise) {
    return PropertyUtil.propertyAsLong(table.properties(), property, otherwise);
  }

  /** Finishes the files; they stay unless they are discarded. */
  public WrittenFiles complete() {
    try {
      List<DataFile> data = List.of();
      List<DeleteFile> removals = List.of();
      if (rows != null) {
        rows.close();
        data = rows.result().dataFiles();
      }
      if (deletes != null) {
        deletes.close();
        removals = deletes.result().deleteFiles();
      }
      keep = true;
      return new WrittenFiles(data, removals);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot finish the files of table " + table.name(), e);
    }
  }

  /** Marks the files as not wanted: for a commit that surely failed. */
  public void discard() {
    keep = false;
  }

  @Override
  public void close() {
    if (keep) {
      return;
    }
    closeQuietly(rows);
    closeQuietly(deletes);
    for (String location : files.created) {
      try {
        table.io().deleteFile(location);
      } catch (RuntimeException e) {
        LOG.warn("File {} is not needed and could not be deleted: {}", location, e.toString());
      }
    }
  }

  private static void closeQuietly(Closeable writer) {
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException | RuntimeException e) {
        LOG.debug("A writer that failed could not be closed", e);
      }
    }
  }

  /**
   * What a commit adds.
   *
   * @param data data files
   * @param deletes equality-delete files
   */
  public record WrittenFiles(List<DataFile> data, List<DeleteFile> deletes) {

    static final WrittenFiles NONE = new WrittenFiles(List.of(), List.of());

    boolean isEmpty() {
      return data.isEmpty() && deletes.isEmpty();
    }
  }

  /** Opens Parquet files and remembers them. */
  private static final class Files implements FileWriterFactory<StructLike> {

    private final Table table;
    private final Schema identity;
    private final List<String> created = new ArrayList<>();

    Files(Table table, Schema identity) {
      this.table = table;
      this.identity = identity;
    }

    @Override
    public DataWriter<StructLike> newDataWriter(
        EncryptedOutputFile file, PartitionSpec spec, StructLike partition) {
      created.add(file.encryptingOutputFile().location());
      try {
        return Parquet.writeData(file)
            .forTable(table)
            .createWriterFunc(InternalWriter::createWriter)
            .overwrite()
            .build();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot open a data file of table " + table.name(), e);
      }
    }

    @Override
    public EqualityDeleteWriter<StructLike> newEqualityDeleteWriter(
        EncryptedOutputFile file, PartitionSpec spec, StructLike partition) {
      created.add(file.encryptingOutputFile().location());
      try {
        return Parquet.writeDeletes(file)
            .forTable(table)
            .rowSchema(identity)
            .equalityFieldIds(
                identity.columns().stream().mapToInt(Types.NestedField::fieldId).toArray())
            .createWriterFunc(InternalWriter::createWriter)
            .overwrite()
            .buildEqualityWriter();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot open a delete file of table " + table.name(), e);
      }
    }

    @Override
    public PositionDeleteWriter<StructLike> newPositionDeleteWriter(
        EncryptedOutputFile file, PartitionSpec spec, StructLike partition) {
      throw new UnsupportedOperationException("Rows are deleted by their identity");
    }
  }
}
