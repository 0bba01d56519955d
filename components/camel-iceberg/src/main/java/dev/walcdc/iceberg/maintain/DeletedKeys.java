package dev.walcdc.iceberg.maintain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.InternalReader;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.util.StructLikeMap;
import org.apache.iceberg.util.StructProjection;

/**
 * The rows that equality deletes take, each with the sequence number of its latest deletion: that
 * is all that matters of a key that was deleted many times. Iceberg's own filter reads the delete
 * files of each data file anew, which is quadratic in the number of commits.
 *
 * @see <a href="https://iceberg.apache.org/spec/#equality-delete-files">Equality deletes</a>: one
 *     takes the rows of files with a lower data sequence number than its own
 */
final class DeletedKeys {

  /** Deletions by the same columns. */
  private record ByColumns(StructProjection key, StructLikeMap<Long> deletedAt) {}

  private final List<ByColumns> all = new ArrayList<>();

  private DeletedKeys() {}

  /**
   * Reads delete files.
   *
   * @param files equality-delete files in Parquet, in any order
   */
  static DeletedKeys read(Table table, Collection<DeleteFile> files) {
    DeletedKeys keys = new DeletedKeys();
    Map<Set<Integer>, List<DeleteFile>> byColumns = new LinkedHashMap<>();
    for (DeleteFile file : files) {
      byColumns
          .computeIfAbsent(new HashSet<>(file.equalityFieldIds()), ids -> new ArrayList<>())
          .add(file);
    }
    byColumns.forEach((ids, some) -> keys.all.add(read(table, ids, some)));
    return keys;
  }

  private static ByColumns read(Table table, Set<Integer> ids, List<DeleteFile> files) {
    Schema columns = TypeUtil.select(table.schema(), ids);
    if (columns.columns().size() != ids.size()) {
      throw new IllegalStateException(
          "Rows of table %s were deleted by a column that it no longer has, so nobody can say which; resync it"
              .formatted(table.name()));
    }
    StructLikeMap<Long> deletedAt = StructLikeMap.create(columns.asStruct());
    for (DeleteFile file : files) {
      try (CloseableIterable<Record> records =
          Parquet.read(table.io().newInputFile(file))
              .project(columns)
              .createReaderFunc(type -> InternalReader.create(columns, type))
              .build()) {
        for (Record record : records) {
          deletedAt.merge(record, file.dataSequenceNumber(), Math::max);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the deletions of table " + table.name(), e);
      }
    }
    return new ByColumns(StructProjection.create(table.schema(), columns), deletedAt);
  }

  /**
   * Whether a row is gone.
   *
   * @param row in the table's schema
   * @param dataSequenceNumber of the file that it is in
   */
  boolean contain(StructLike row, long dataSequenceNumber) {
    for (ByColumns deletions : all) {
      Long deletedAt = deletions.deletedAt().get(deletions.key().wrap(row));
      if (deletedAt != null && deletedAt > dataSequenceNumber) {
        return true;
      }
    }
    return false;
  }
}
