package dev.walcdc.change;

import dev.walcdc.schema.Column;
import dev.walcdc.schema.SchemaChange;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Brings changes that were made under one schema of a table into the shape of another: a sink's
 * table has moved on, and the log shows it an earlier change once more. A column that the table has
 * no more is left out, one that it got since is NULL, as it was when the change was made. Immutable
 * and safe to share.
 */
public final class RowTranslation {

  private final TableSchema to;
  private final Map<String, String> names;
  private final int[] sources;
  private final List<UnaryOperator<Object>> conversions;

  private RowTranslation(SchemaChange change) {
    this.names =
        change.kept().stream()
            .collect(Collectors.toMap(c -> c.before().name(), c -> c.after().name()));
    this.to = change.to();
    this.sources = new int[to.columns().size()];
    this.conversions = new ArrayList<>();
    Arrays.fill(sources, -1);
    for (int i = 0; i < sources.length; i++) {
      conversions.add(null);
    }
    for (SchemaChange.Kept column : change.kept()) {
      int target = to.columns().indexOf(column.after());
      sources[target] = change.from().columns().indexOf(column.before());
      conversions.set(target, conversion(change, column));
    }
  }

  /**
   * A batch in the shape of a schema; the same batch if it has it already.
   *
   * @throws RefusedChangeException if values of the one schema are none of the other, or rows are
   *     identified by other columns
   */
  public static ChangeBatch translate(ChangeBatch batch, TableSchema to) {
    if (batch.schema().sameShape(to)) {
      return batch;
    }
    SchemaChange change = SchemaChange.between(batch.schema(), to);
    if (!change.keepsKey()) {
      throw refused(
          change, "its key was %s and is %s".formatted(change.from().key(), change.to().key()));
    }
    RowTranslation translation = new RowTranslation(change);
    List<RowChange> changes = new ArrayList<>(batch.changes().size());
    for (RowChange each : batch.changes()) {
      changes.add(each.withRow(translation.row(each.row())));
    }
    return new ChangeBatch(
        batch.topic(),
        to,
        translation.erasures(batch.erasures()),
        changes,
        batch.progress(),
        batch.partitions());
  }

  /** Conditions name columns of the key, which are all there, under the names that they had. */
  private List<Erasure> erasures(List<Erasure> erasures) {
    return erasures.stream().map(each -> each.withNames(names)).toList();
  }

  private Object[] row(Object[] row) {
    Object[] translated = new Object[sources.length];
    for (int i = 0; i < sources.length; i++) {
      Object value = sources[i] < 0 ? null : row[sources[i]];
      translated[i] =
          value == null || value == Unchanged.TOAST ? value : conversions.get(i).apply(value);
    }
    return translated;
  }

  private static UnaryOperator<Object> conversion(SchemaChange change, SchemaChange.Kept column) {
    if (column.isOneKind()) {
      Column after = column.after();
      int more = after.type().scale() - column.before().type().scale();
      // A value that is too much for the column now is the sink's to judge: its own may hold more.
      // So is one that is no number, as infinity.
      return switch (after.carrier()) {
        case INT64 -> value -> value instanceof Integer number ? number.longValue() : value;
        case FLOAT64 -> value -> value instanceof Float number ? number.doubleValue() : value;
        case DECIMAL ->
            value ->
                more > 0 && value instanceof BigDecimal number
                    ? number.setScale(after.type().scale())
                    : value;
        default -> value -> value;
      };
    }
    throw refused(
        change,
        "column `%s` held %s, and column `%s` holds %s"
            .formatted(
                column.before().name(), type(column.before()),
                column.after().name(), type(column.after())));
  }

  private static String type(Column column) {
    return column.type().name();
  }

  private static RefusedChangeException refused(SchemaChange change, String reason) {
    return new RefusedChangeException(
        change.to().qualifiedName(),
        "Changes of table `%s` under its schema %d/%d do not fit the table, which is at %d/%d: %s. Drop it in the sink and resync it"
            .formatted(
                change.to().qualifiedName(),
                change.from().epoch(),
                change.from().sequence(),
                change.to().epoch(),
                change.to().sequence(),
                reason));
  }
}
