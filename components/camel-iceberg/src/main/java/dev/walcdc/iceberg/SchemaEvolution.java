package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.SchemaChange;
import dev.walcdc.schema.SchemaChange.Kept;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
 * Brings a table to a newer schema of its source, in one commit: columns are renamed, dropped (past
 * snapshots keep them) and added, and types widened where Iceberg can. What rows that are there
 * hold afterwards and PostgreSQL does not stream, is read again on capture's request. The table
 * remembers the schema that it was brought to, and never goes back to an older one.
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
   * Brings the table to the target, if it is newer, and returns the schema that it is at then.
   *
   * @throws RefusedChangeException if it cannot
   */
  TableSchema apply() {
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
    return applied(current);
  }

  /** The schema that a table was last brought to. */
  static TableSchema applied(TableMetadata table) {
    return TableSchema.fromJson(
        table.property(LakeTables.SOURCE_SCHEMA, "").getBytes(StandardCharsets.UTF_8));
  }

  private boolean isNewerThan(TableSchema applied) {
    return target.epoch() != applied.epoch()
        ? target.epoch() > applied.epoch()
        : target.sequence() > applied.sequence();
  }

  private void change(TableMetadata current) {
    SchemaChange change = SchemaChange.between(applied(current), target);
    requireSameKey(change);
    Transaction transaction =
        Transactions.newTransaction(
            table.name(), new PinnedOperations(table.operations(), current));
    List<String> changes = new ArrayList<>();
    UpdateSchema update = transaction.updateSchema();
    for (Column column : change.dropped()) {
      if (current.schema().findField(column.name()) != null) {
        update.deleteColumn(column.name());
        changes.add("dropped " + column.name());
      }
    }
    for (Kept column : change.kept()) {
      follow(change, column, current.schema(), update, changes);
    }
    for (Column column : change.added()) {
      TableLayout.requireUsableName(target, column);
      requireFree(column, change, current.schema());
      update.addColumn(
          null, column.name(), ColumnTypes.of(column), ColumnTypes.describe(column.type()));
      changes.add("added " + column.name());
    }
    update.commit();
    transaction.updateProperties().set(LakeTables.SOURCE_SCHEMA, toProperty(target)).commit();
    transaction.commitTransaction();
    LOG.info(
        "Table {} is at schema {}/{} of its source: {}",
        table.name(),
        target.epoch(),
        target.sequence(),
        changes);
  }

  /** Iceberg knows columns by numbers of its own, so all is said of the names before. */
  private void follow(
      SchemaChange change, Kept column, Schema present, UpdateSchema update, List<String> changes) {
    String name = column.before().name();
    Types.NestedField field = present.findField(name);
    if (field == null) {
      throw refused(column.after(), "is missing in the lake");
    }
    Type.PrimitiveType type = ColumnTypes.of(column.after());
    if (!column.isOneKind()
        || !(ColumnTypes.fits(type, field.type())
            || ColumnTypes.fits(field.type().asPrimitiveType(), type))) {
      throw notInPlace(
          change,
          column,
          "became %s at the source; Iceberg cannot turn %s into %s"
              .formatted(ColumnTypes.describe(column.after().type()), field.type(), type));
    }
    if (!ColumnTypes.fits(type, field.type())) {
      update.updateColumn(name, type);
      changes.add("widened " + name);
    }
    if (!column.before().type().equals(column.after().type())) {
      update.updateColumnDoc(name, ColumnTypes.describe(column.after().type()));
      changes.add("described " + name);
    }
    if (column.isRenamed()) {
      TableLayout.requireUsableName(target, column.after());
      update.renameColumn(name, column.after().name());
      changes.add("renamed " + name);
    }
  }

  /** Columns that somebody else added to the table are left alone. */
  private void requireFree(Column column, SchemaChange change, Schema present) {
    if (present.findField(column.name()) != null
        && change.from().columns().stream().noneMatch(c -> c.name().equals(column.name()))) {
      throw refused(column, "has the name of one in the lake that is none of the source's");
    }
  }

  private void requireSameKey(SchemaChange change) {
    if (!change.keepsKey()) {
      throw new NotInPlaceException(
          change,
          ("The primary key of table `%s` changed from %s to %s; rows in the lake are identified by"
                  + " the old one. Drop table %s and resync it")
              .formatted(target.qualifiedName(), change.from().key(), target.key(), table.name()));
    }
  }

  private RefusedChangeException refused(Column column, String reason) {
    return new RefusedChangeException(target.qualifiedName(), sentence(column, reason));
  }

  /** If it is the same at the source, somebody has changed the table here by hand. */
  private RefusedChangeException notInPlace(SchemaChange change, Kept column, String reason) {
    return column.before().type().equals(column.after().type())
        ? refused(column.after(), reason)
        : new NotInPlaceException(change, sentence(column.after(), reason));
  }

  private String sentence(Column column, String reason) {
    return "Column `%s` of table `%s` %s. Drop table %s and resync it"
        .formatted(column.name(), target.qualifiedName(), reason, table.name());
  }
}
