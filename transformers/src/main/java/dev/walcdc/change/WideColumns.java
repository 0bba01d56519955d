package dev.walcdc.change;

import dev.walcdc.schema.Carrier;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Columns whose values may be wider than a sink's type, and which the sink keeps as text therefore:
 * it sees a column of type {@code text} that holds what PostgreSQL prints. Safe to share; batches
 * of tables without such columns pass as they are.
 */
public final class WideColumns {

  /** No column. */
  public static final WideColumns NONE = new WideColumns(null);

  /** Carriers of which some sink's type does not hold every value. */
  private static final Set<Carrier> BOUNDED =
      EnumSet.of(Carrier.DATE, Carrier.TIMESTAMP, Carrier.TIMESTAMPTZ, Carrier.DECIMAL);

  private static final PostgresType TEXT = PostgresType.of("text");

  private final Pattern pattern;
  private final Map<String, Plan> plans = new ConcurrentHashMap<>();

  private WideColumns(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * The columns that one of these regular expressions matches.
   *
   * @param patterns comma between; each must match {@code schema.table.column} as a whole; null or
   *     blank for none
   * @throws java.util.regex.PatternSyntaxException if one is broken
   */
  public static WideColumns of(String patterns) {
    return patterns == null || patterns.isBlank()
        ? NONE
        : new WideColumns(Pattern.compile(patterns.strip().replaceAll("\\s*,\\s*", "|")));
  }

  /** A table's columns that are text here, by their places, and the schema with them as text. */
  private record Plan(TableSchema source, int[] places, TableSchema seen) {}

  /** The batch as the sink is to see it. */
  public ChangeBatch asText(ChangeBatch batch) {
    if (pattern == null) {
      return batch;
    }
    Plan plan = plans.get(batch.schema().qualifiedName());
    if (plan == null || !plan.source().equals(batch.schema())) {
      plan = plan(batch.schema());
      plans.put(batch.schema().qualifiedName(), plan);
    }
    if (plan.places().length == 0) {
      return batch;
    }
    List<RowChange> changes = new ArrayList<>(batch.changes().size());
    for (RowChange change : batch.changes()) {
      changes.add(asText(change, plan));
    }
    return batch.withSchema(plan.seen()).withChanges(changes);
  }

  private static RowChange asText(RowChange change, Plan plan) {
    Object[] row = change.row().clone();
    for (int place : plan.places()) {
      if (row[place] != null && row[place] != Unchanged.TOAST) {
        row[place] = PostgresText.of(plan.source().columns().get(place).carrier(), row[place]);
      }
    }
    return change.withRow(row);
  }

  private Plan plan(TableSchema schema) {
    List<Column> columns = new ArrayList<>(schema.columns());
    int[] places =
        IntStream.range(0, columns.size()).filter(i -> isWide(schema, columns.get(i))).toArray();
    for (int place : places) {
      Column column = columns.get(place);
      columns.set(place, new Column(column.name(), TEXT, column.nullable(), column.attnum()));
    }
    return new Plan(
        schema,
        places,
        new TableSchema(
            schema.schema(),
            schema.table(),
            columns,
            schema.key(),
            schema.epoch(),
            schema.sequence(),
            schema.origin()));
  }

  private boolean isWide(TableSchema schema, Column column) {
    return BOUNDED.contains(column.carrier())
        && pattern.matcher(schema.qualifiedName() + "." + column.name()).matches();
  }
}
