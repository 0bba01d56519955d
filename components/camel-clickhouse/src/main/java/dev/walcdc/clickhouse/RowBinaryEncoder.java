package dev.walcdc.clickhouse;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.SpecialValue;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes row changes of one schema as RowBinaryWithNamesAndTypes rows of one table. What each
 * column takes is decided once, here, and not for every value. Immutable and safe to share.
 */
final class RowBinaryEncoder {

  private final TableSchema schema;
  private final List<String> columns;
  private final List<String> types;
  private final ValueEncoder[] encoders;
  private final boolean[] nullable;

  /** Bytes, all of them zero, of the value that stands for "not known" in a column; see below. */
  private final int[] defaultWidths;

  private final boolean[] isKey;
  private final boolean hasKey;

  /**
   * @param schema the schema of the changes
   * @param layout the table that takes them
   * @throws SchemaRefusedException if the table has no place for one of the schema's columns
   */
  RowBinaryEncoder(TableSchema schema, TableLayout layout) {
    this.schema = schema;
    int count = schema.columns().size();
    encoders = new ValueEncoder[count];
    nullable = new boolean[count];
    defaultWidths = new int[count];
    isKey = new boolean[count];
    hasKey = schema.hasKey();
    columns = new ArrayList<>();
    types = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Column column = schema.columns().get(i);
      isKey[i] = schema.key().contains(column.name());
      ClickHouseType type = placeOf(column, isKey[i], schema, layout);
      encoders[i] = ValueEncoder.of(type);
      nullable[i] = type.nullable();
      defaultWidths[i] = Math.max(type.width(), 1);
      columns.add(column.name());
      types.add(type.sql());
    }
    TableDdl.ownColumns(schema)
        .forEach(
            (name, type) -> {
              columns.add(name);
              types.add(type);
            });
  }

  private static ClickHouseType placeOf(
      Column column, boolean key, TableSchema schema, TableLayout layout) {
    ClickHouseType wanted = ClickHouseType.of(column, key);
    ClickHouseType found = layout.columns().get(column.name());
    if (found == null || !found.holds(wanted)) {
      throw new SchemaRefusedException(
          schema,
          "its column `%s` needs %s, and %s in ClickHouse has %s"
              .formatted(
                  column.name(),
                  wanted.sql(),
                  layout.name(),
                  found == null ? "no such column of a type known here" : found.sql()),
          "Drop %s in ClickHouse and resync it".formatted(layout.name()));
    }
    return found;
  }

  /** Names of the columns in the order in which their values are written; not quoted. */
  List<String> columns() {
    return columns;
  }

  /**
   * Writes what comes before the first row: the columns and the types that the rows are written in.
   * A table that somebody altered meanwhile then refuses them; without it ClickHouse would take the
   * bytes for values of other types.
   */
  void encodeHeader(RowBinaryOutput out) throws IOException {
    out.writeLength(columns.size());
    for (String name : columns) {
      out.writeString(name);
    }
    for (String type : types) {
      out.writeString(type);
    }
  }

  /**
   * Writes one row.
   *
   * @throws RefusedChangeException if the table cannot hold one of its values
   */
  void encode(RowChange change, RowBinaryOutput out) throws IOException {
    Object[] row = change.row();
    if (change.isDelete()) {
      encodeTombstone(change, row, out);
    } else {
      for (int i = 0; i < encoders.length; i++) {
        encodeValue(change, row[i], i, out);
      }
    }
    Version version = change.version();
    out.writeLong(version.low());
    out.writeLong(version.high());
    out.writeByte(change.isDelete() ? 1 : 0);
    out.writeLong(change.committedAtMicros());
    if (!hasKey) {
      out.writeShort(version.epoch());
      out.writeLong(version.lsn());
      out.writeLong(change.point().ordinal());
    }
  }

  /**
   * Of a deletion only the key is sure to be known. Nothing reads the rest of a tombstone, so it is
   * NULL, or the type's zero where the column cannot be NULL, even if the source did send it: a
   * value that ClickHouse cannot hold must not keep its row from being deleted.
   */
  private void encodeTombstone(RowChange change, Object[] row, RowBinaryOutput out)
      throws IOException {
    for (int i = 0; i < encoders.length; i++) {
      if (isKey[i]) {
        encodeValue(change, row[i], i, out);
      } else if (nullable[i]) {
        out.writeByte(1);
      } else {
        out.writeZeros(defaultWidths[i]);
      }
    }
  }

  private void encodeValue(RowChange change, Object value, int column, RowBinaryOutput out)
      throws IOException {
    if (value == null && nullable[column]) {
      out.writeByte(1);
      return;
    }
    if (nullable[column]) {
      out.writeByte(0);
    }
    try {
      if (value == null) {
        throw new UnfitValueException("NULL, and the column is declared NOT NULL");
      }
      if (value == Unchanged.TOAST) {
        throw new UnfitValueException("no value, since the source did not send it");
      }
      encoders[column].encode(value, out);
    } catch (UnfitValueException e) {
      throw refused(change, column, e.getMessage());
    } catch (ClassCastException e) {
      throw refused(
          change,
          column,
          value instanceof SpecialValue
              ? "`%s`, which no value of its type in ClickHouse is".formatted(value)
              : "a %s, which is not its form".formatted(value.getClass().getSimpleName()));
    }
  }

  private RefusedChangeException refused(RowChange change, int column, String reason) {
    return new RefusedChangeException(
        schema.qualifiedName(),
        change,
        "Column `%s` of table `%s` cannot be written to ClickHouse: the row with %s carries %s. %s"
            .formatted(
                schema.columns().get(column).name(),
                schema.qualifiedName(),
                RowLabel.of(change, schema),
                reason,
                "Correct the row at the source, or name a date, timestamp or numeric column in the"
                    + " sink's option wideColumns, which makes it text, and resync the table, or"
                    + " leave the column out of the publication."));
  }
}
