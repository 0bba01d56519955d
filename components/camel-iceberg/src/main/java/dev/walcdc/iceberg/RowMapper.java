package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.SpecialValue;
import dev.walcdc.change.Unchanged;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * Lays the values of a change into the columns of a table, in Iceberg's internal form. The source's
 * columns are found by name, under the schema that the table is at. One instance serves one thread
 * and one batch; what it returns is overwritten by the next call.
 */
final class RowMapper {

  private static final int EPOCH = -1;
  private static final int LSN = -2;
  private static final int ORDINAL = -3;
  private static final int LAST_COMMIT_LSN = -4;
  private static final int NOTHING = -5;

  private final TableSchema source;
  private final int[] keyIndexes;
  private final int[] sources;
  private final Conversion[] conversions;
  private final Row row;
  private final int[] identityPositions;
  private final Row identity;

  private RowMapper(TableSchema source, Schema table, Schema identitySchema) {
    this.source = source;
    this.keyIndexes = source.keyIndexes();
    Map<String, Integer> indexes = source.indexes();
    List<Types.NestedField> fields = table.columns();
    sources = new int[fields.size()];
    conversions = new Conversion[fields.size()];
    for (int i = 0; i < sources.length; i++) {
      Types.NestedField field = fields.get(i);
      sources[i] = sourceOf(field.name(), indexes);
      if (sources[i] >= 0) {
        conversions[i] = conversion(source.columns().get(sources[i]), field);
      }
    }
    row = new Row(new Object[fields.size()]);
    identityPositions =
        identitySchema.columns().stream().mapToInt(field -> indexOf(fields, field)).toArray();
    identity = new Row(new Object[identityPositions.length]);
  }

  /**
   * A mapper for the changes of one batch.
   *
   * @throws RefusedChangeException if the table has no column for one of the source's
   */
  static RowMapper of(TableSchema source, Schema table, Schema identitySchema) {
    for (Column column : source.columns()) {
      Types.NestedField field = table.findField(column.name());
      if (field == null || !ColumnTypes.fits(ColumnTypes.of(column), field.type())) {
        throw new RefusedChangeException(
            source.qualifiedName(),
            ("Changes of table `%s` under its schema %d/%d do not fit the table in the lake: it has"
                    + " no column `%s` that holds %s. Resync the table")
                .formatted(
                    source.qualifiedName(),
                    source.epoch(),
                    source.sequence(),
                    column.name(),
                    ColumnTypes.describe(column.type())));
      }
    }
    return new RowMapper(source, table, identitySchema);
  }

  private static int indexOf(List<Types.NestedField> fields, Types.NestedField field) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).fieldId() == field.fieldId()) {
        return i;
      }
    }
    throw new IllegalStateException("Identity column " + field.name() + " is not in the table");
  }

  private static int sourceOf(String column, Map<String, Integer> indexes) {
    return switch (column) {
      case TableLayout.EPOCH -> EPOCH;
      case TableLayout.LAST_COMMIT_LSN -> LAST_COMMIT_LSN;
      case TableLayout.LSN -> LSN;
      case TableLayout.ORDINAL -> ORDINAL;
      default -> indexes.getOrDefault(column, NOTHING);
    };
  }

  /** All columns of a row that is there after the change. */
  StructLike row(RowChange change) {
    for (int i = 0; i < sources.length; i++) {
      row.values[i] = value(change, i);
    }
    return row;
  }

  /** The columns that identify the row; of a deletion no others are known. */
  StructLike identity(RowChange change) {
    for (int i = 0; i < identityPositions.length; i++) {
      identity.values[i] = value(change, identityPositions[i]);
    }
    return identity;
  }

  /** A change's key, for messages. */
  String describeKey(RowChange change) {
    if (!source.hasKey()) {
      RowId id = RowId.of(change.point());
      return "epoch %d, LSN %X, ordinal %d".formatted(id.epoch(), id.lsn(), id.ordinal());
    }
    StringJoiner key = new StringJoiner(", ");
    for (int index : keyIndexes) {
      key.add(source.columns().get(index).name() + " = " + change.row()[index]);
    }
    return key.toString();
  }

  private Object value(RowChange change, int position) {
    int index = sources[position];
    switch (index) {
      case EPOCH:
        return change.version().epoch();
      case LAST_COMMIT_LSN:
        return change.version().lastCommitLsn();
      case LSN:
        return change.version().lsn();
      case ORDINAL:
        return change.point().ordinal();
      case NOTHING:
        return null;
      default:
        try {
          return conversions[position].apply(change.row()[index]);
        } catch (ClassCastException | IllegalArgumentException e) {
          Column column = source.columns().get(index);
          throw new RefusedChangeException(
              source.qualifiedName(),
              change,
              "Column `%s` of table `%s`, row with %s: %s"
                  .formatted(
                      column.name(),
                      source.qualifiedName(),
                      describeKey(change),
                      change.row()[index] instanceof SpecialValue special
                          ? noPlaceFor(special, column)
                          : e.getMessage()),
              e);
        }
    }
  }

  private static String noPlaceFor(SpecialValue value, Column column) {
    return ("`%s` is no %s in Iceberg. Correct the value at the source, or name the column in the"
            + " sink's option wideColumns, which makes it text, and resync the table")
        .formatted(value, ColumnTypes.of(column));
  }

  private static Conversion conversion(Column column, Types.NestedField field) {
    Conversion typed =
        switch (column.carrier()) {
          case BOOLEAN -> Boolean.class::cast;
          case INT16, INT32, INT64 ->
              field.type().typeId() == Type.TypeID.LONG
                  ? value -> ((Number) value).longValue()
                  : Integer.class::cast;
          case FLOAT32, FLOAT64 ->
              field.type().typeId() == Type.TypeID.DOUBLE
                  ? value -> ((Number) value).doubleValue()
                  : Float.class::cast;
          case DECIMAL -> decimal((Types.DecimalType) field.type());
          case DATE -> Integer.class::cast;
          case TIMESTAMP, TIMESTAMPTZ -> Long.class::cast;
          case UUID -> UUID.class::cast;
          case BYTES -> value -> ByteBuffer.wrap((byte[]) value);
          case TEXT -> String.class::cast;
        };
    boolean required = field.isRequired();
    return value -> {
      if (value == null) {
        if (required) {
          throw new IllegalArgumentException(
              "it is NULL, but the key of the table in the lake. Resync the table");
        }
        return null;
      }
      if (value == Unchanged.TOAST) {
        throw new IllegalArgumentException(
            "the source did not send its value. Set REPLICA IDENTITY FULL on the table");
      }
      return typed.apply(value);
    };
  }

  private static Conversion decimal(Types.DecimalType type) {
    return value -> {
      BigDecimal decimal = (BigDecimal) value;
      if (decimal.scale() != type.scale() || decimal.precision() > type.precision()) {
        throw new IllegalArgumentException(
            "%s is no %s. Correct the value at the source, or resync the table"
                .formatted(decimal, type));
      }
      return decimal;
    };
  }

  @FunctionalInterface
  private interface Conversion {
    Object apply(Object value);
  }

  private record Row(Object[] values) implements StructLike {

    @Override
    public int size() {
      return values.length;
    }

    @Override
    public <T> T get(int position, Class<T> javaClass) {
      return javaClass.cast(values[position]);
    }

    @Override
    public <T> void set(int position, T value) {
      values[position] = value;
    }
  }
}
