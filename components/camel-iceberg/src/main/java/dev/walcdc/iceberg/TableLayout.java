package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;

/**
 * How a source table lies in the lake: its columns, then those of our own.
 *
 * <ul>
 *   <li>{@code _epoch int}, {@code _last_commit_lsn long} and {@code _lsn long}, in every table:
 *       the version of the change that wrote the row. They order rows against a TRUNCATE and
 *       against a fence; the bounds that each file keeps of them let either drop whole files
 *       without reading them.
 *   <li>{@code _ordinal long}, in tables without a key: with epoch and LSN it is a row's identity.
 * </ul>
 */
final class TableLayout {

  static final String EPOCH = "_epoch";
  static final String LAST_COMMIT_LSN = "_last_commit_lsn";
  static final String LSN = "_lsn";
  static final String ORDINAL = "_ordinal";

  private static final Set<String> OWN = Set.of(EPOCH, LAST_COMMIT_LSN, LSN, ORDINAL);

  private TableLayout() {}

  /** Names of the columns that identify a row. */
  static List<String> identity(TableSchema schema) {
    return schema.hasKey() ? schema.key() : List.of(EPOCH, LSN, ORDINAL);
  }

  /**
   * The Iceberg schema of a new table.
   *
   * @throws RefusedChangeException if the lake cannot hold such a table
   */
  static Schema of(TableSchema source) {
    List<Types.NestedField> fields = new ArrayList<>();
    Set<Integer> identifiers = new LinkedHashSet<>();
    Set<String> key = Set.copyOf(source.key());
    int id = 1;
    for (Column column : source.columns()) {
      requireUsableName(source, column);
      boolean inKey = key.contains(column.name());
      if (inKey) {
        requireUsableKey(source, column);
        identifiers.add(id);
      }
      fields.add(
          Types.NestedField.builder()
              .withId(id++)
              .withName(column.name())
              .ofType(ColumnTypes.of(column))
              .isOptional(!inKey)
              .withDoc(ColumnTypes.describe(column.type()))
              .build());
    }
    boolean identifiesByChange = !source.hasKey();
    List<String> own =
        identifiesByChange
            ? List.of(EPOCH, LAST_COMMIT_LSN, LSN, ORDINAL)
            : List.of(EPOCH, LAST_COMMIT_LSN, LSN);
    for (String name : own) {
      if (identifiesByChange && !name.equals(LAST_COMMIT_LSN)) {
        identifiers.add(id);
      }
      Type type = name.equals(EPOCH) ? Types.IntegerType.get() : Types.LongType.get();
      fields.add(Types.NestedField.required(id++, name, type));
    }
    return new Schema(fields, identifiers);
  }

  /** The columns of a table that identify its rows, in the table's order. */
  static Schema identity(Schema table, TableSchema source) {
    Set<Integer> ids = new LinkedHashSet<>();
    identity(source).forEach(name -> ids.add(table.findField(name).fieldId()));
    return TypeUtil.select(table, ids);
  }

  /** Refuses a column whose name already means something else. */
  static void requireUsableName(TableSchema source, Column column) {
    if (OWN.contains(column.name()) || MetadataColumns.isMetadataColumn(column.name())) {
      throw new RefusedChangeException(
          source.qualifiedName(),
          ("Column `%s` of table `%s` has a name that the lake reserves. Rename it at the source,"
                  + " or leave it out of the publication")
              .formatted(column.name(), source.qualifiedName()));
    }
  }

  private static void requireUsableKey(TableSchema source, Column column) {
    switch (column.carrier()) {
      case FLOAT32, FLOAT64 ->
          throw new RefusedChangeException(
              source.qualifiedName(),
              ("Column `%s` of table `%s` is in its primary key and of type %s. Iceberg does not"
                      + " identify rows by floating-point numbers. Use a numeric or an integer key")
                  .formatted(column.name(), source.qualifiedName(), column.type().name()));
      default -> {
        // Every other type can be compared exactly.
      }
    }
  }
}
