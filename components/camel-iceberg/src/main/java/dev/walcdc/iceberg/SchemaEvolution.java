package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a table to a newer schema of its source: columns are added, and types widened where
 * Iceberg can. A column that the source dropped stays and is NULL in new rows. What would change
 * the meaning of rows that are there is refused. The table remembers the schema that it was brought
 * to, and never goes back to an older one; rows of an older one are written as they are.
 */
final class SchemaEvolution {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaEvolution.class);

  private final LakeTable table;
  private final TableSchema target;

  SchemaEvolution(LakeTable table, TableSchema target) {
    this.table = table;
    this.target = target;
  }

  /** A schema as the value of {@link LakeTables#SOURCE_SCHEMA}. */
  static String toProperty(TableSchema schema) {
    return new String(schema.toJson(), StandardCharsets.UTF_8);
  }

  /**
   * Brings the table to the target, if it is newer.
   *
   * @throws RefusedChangeException if it cannot
   */
  void apply() {
    TableMetadata current = table.operations().current();
    int retries =
        current.propertyAsInt(
            TableProperties.COMMIT_NUM_RETRIES, TableProperties.COMMIT_NUM_RETRIES_DEFAULT);
    for (int attempt = 0; isNewerThan(applied(current)); attempt++) {
      try {
        change(current);
      } catch (CommitStateUnknownException e) {
        if (attempt >= retries) {
          throw new UnknownOutcomeException(
              "Nobody can say whether the columns of table " + table.name() + " were changed", e);
        }
        LOG.warn("A change of columns of {} did not come back: {}", table.name(), e.toString());
      }
      current = table.operations().refresh();
    }
  }

  private static TableSchema applied(TableMetadata table) {
    return TableSchema.fromJson(
        table.property(LakeTables.SOURCE_SCHEMA, "").getBytes(StandardCharsets.UTF_8));
  }

  private boolean isNewerThan(TableSchema applied) {
    return target.epoch() != applied.epoch()
        ? target.epoch() > applied.epoch()
        : target.sequence() > applied.sequence();
  }

  private void change(TableMetadata current) {
    TableSchema applied = applied(current);
    requireSameKey(applied);
    Map<String, Types.NestedField> additions = new LinkedHashMap<>();
    Map<String, Type.PrimitiveType> widenings = new LinkedHashMap<>();
    for (Column column : target.columns()) {
      compare(column, applied, current.schema(), additions, widenings);
    }
    Transaction transaction =
        Transactions.newTransaction(
            table.name(), new PinnedOperations(table.operations(), current));
    if (!additions.isEmpty() || !widenings.isEmpty()) {
      UpdateSchema update = transaction.updateSchema();
      additions.forEach((name, field) -> update.addColumn(null, name, field.type(), field.doc()));
      widenings.forEach(update::updateColumn);
      update.commit();
    }
    transaction.updateProperties().set(LakeTables.SOURCE_SCHEMA, toProperty(target)).commit();
    transaction.commitTransaction();
    List<String> changes = new ArrayList<>(additions.keySet());
    changes.addAll(widenings.keySet());
    LOG.info(
        "Table {} is at schema {}/{} of its source, columns added or widened: {}",
        table.name(),
        target.epoch(),
        target.sequence(),
        changes);
  }

  private void compare(
      Column column,
      TableSchema applied,
      Schema present,
      Map<String, Types.NestedField> additions,
      Map<String, Type.PrimitiveType> widenings) {
    Column before = column(applied, column.name());
    Types.NestedField field = present.findField(column.name());
    Type.PrimitiveType type = ColumnTypes.of(column);
    if (before == null) {
      requireNotRenamed(column, applied);
      TableLayout.requireUsableName(target, column);
      if (field != null) {
        throw refused(
            column,
            "was dropped at the source and added again; old rows in the lake still hold its old"
                + " values");
      }
      additions.put(
          column.name(),
          Types.NestedField.optional(0, column.name(), type, ColumnTypes.describe(column.type())));
      return;
    }
    if (column.attnum() != 0 && before.attnum() != 0 && column.attnum() != before.attnum()) {
      throw refused(
          column,
          "was dropped at the source and added again; old rows in the lake still hold its old"
              + " values");
    }
    if (field == null) {
      throw refused(column, "is missing in the lake");
    }
    if (ColumnTypes.fits(type, field.type())) {
      return;
    }
    if (!ColumnTypes.fits(field.type().asPrimitiveType(), type)) {
      throw refused(
          column,
          "became %s at the source; Iceberg cannot turn %s into %s"
              .formatted(ColumnTypes.describe(column.type()), field.type(), type));
    }
    widenings.put(column.name(), type);
  }

  private void requireNotRenamed(Column column, TableSchema applied) {
    for (Column before : applied.columns()) {
      if (column.attnum() != 0
          && before.attnum() == column.attnum()
          && column(target, before.name()) == null) {
        throw refused(column, "was renamed at the source from `" + before.name() + "`");
      }
    }
  }

  private void requireSameKey(TableSchema applied) {
    if (!applied.key().equals(target.key())) {
      throw new RefusedChangeException(
          target.qualifiedName(),
          ("The primary key of table `%s` changed from %s to %s; rows in the lake are identified by"
                  + " the old one. Drop table %s and resync it")
              .formatted(target.qualifiedName(), applied.key(), target.key(), table.name()));
    }
  }

  private RefusedChangeException refused(Column column, String reason) {
    return new RefusedChangeException(
        target.qualifiedName(),
        "Column `%s` of table `%s` %s. Drop table %s and resync it"
            .formatted(column.name(), target.qualifiedName(), reason, table.name()));
  }

  private static Column column(TableSchema schema, String name) {
    return schema.columns().stream().filter(c -> c.name().equals(name)).findFirst().orElse(null);
  }
}
