package dev.walcdc.verify;

import dev.walcdc.change.ShadowState;
import dev.walcdc.change.Version;
import dev.walcdc.iceberg.StoredPosition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.iceberg.types.Types.StringType;

/** Reads the present rows from Iceberg, deletions applied. */
final class IcebergRows implements PlacedSink {

  /**
   * Beyond so many values Iceberg leaves out no file by its bounds, so all rows are passed over.
   */
  private static final int KEYS_A_FILTER = 200;

  private final IcebergAccess access;

  IcebergRows(IcebergAccess access) {
    this.access = access;
  }

  @Override
  public String name() {
    return "iceberg";
  }

  @Override
  public String tableName(TablePlan plan) {
    return identifier(plan).toString();
  }

  private TableIdentifier identifier(TablePlan plan) {
    return TableIdentifier.of(access.namespaceOf(plan.table().schema()), plan.table().table());
  }

  @Override
  public boolean hasTable(TablePlan plan) {
    TableIdentifier table = identifier(plan);
    TableIdentifier shadow =
        TableIdentifier.of(table.namespace(), table.name() + ShadowState.TABLE_SUFFIX);
    try {
      if (access.catalog().tableExists(shadow)) {
        throw SinkFailure.madeAnew(table.toString(), shadow.toString());
      }
      return access.catalog().tableExists(table);
    } catch (SinkFailure e) {
      throw e;
    } catch (RuntimeException e) {
      throw failed(plan, e);
    }
  }

  @Override
  public long scan(TablePlan plan, RowVisitor visitor) {
    return read(plan, Expressions.alwaysTrue(), visitor);
  }

  @Override
  public void find(TablePlan plan, Collection<RowKey> keys, RowVisitor visitor) {
    if (keys.size() > KEYS_A_FILTER) {
      read(plan, Expressions.alwaysTrue(), visitor);
      return;
    }
    List<List<Object>> values = new ArrayList<>();
    plan.key().forEach(column -> values.add(new ArrayList<>()));
    Schema schema = schema(plan);
    for (RowKey key : keys) {
      addLiterals(plan, schema, key, values);
    }
    if (values.get(0).isEmpty()) {
      return;
    }
    // Of a composite key it also finds other combinations of these values.
    Expression filter = Expressions.alwaysTrue();
    for (int i = 0; i < plan.keyColumns(); i++) {
      filter = Expressions.and(filter, Expressions.in(plan.columns().get(i).name(), values.get(i)));
    }
    read(plan, filter, visitor);
  }

  private static void addLiterals(
      TablePlan plan, Schema schema, RowKey key, List<List<Object>> values) {
    String[] texts = key.values(plan.keyColumns());
    Object[] literals = new Object[texts.length];
    for (int i = 0; i < texts.length; i++) {
      ComparedColumn column = plan.columns().get(i);
      boolean text = schema.findType(column.name()) instanceof StringType;
      literals[i] =
          column.isWide(text)
              ? PrintedValues.printed(column.carrier(), texts[i])
              : KeyLiterals.iceberg(column.carrier(), texts[i]);
      if (literals[i] == null) {
        return;
      }
    }
    for (int i = 0; i < literals.length; i++) {
      values.get(i).add(literals[i]);
    }
  }

  @Override
  public long count(TablePlan plan) {
    try {
      Table table = access.catalog().loadTable(identifier(plan));
      table.refresh();
      Schema narrowest = table.schema().select(plan.columnNames().stream().limit(1).toList());
      long count = 0;
      try (CloseableIterable<Record> records =
          IcebergGenerics.read(table).project(narrowest).build()) {
        for (Record unused : records) {
          count++;
        }
      }
      return count;
    } catch (NoSuchTableException e) {
      return 0;
    } catch (IOException | RuntimeException e) {
      throw failed(plan, e);
    }
  }

  private Schema schema(TablePlan plan) {
    try {
      return access.catalog().loadTable(identifier(plan)).schema();
    } catch (NoSuchTableException e) {
      return new Schema();
    } catch (RuntimeException e) {
      throw failed(plan, e);
    }
  }

  @Override
  public PlacedRows place(TablePlan plan, String topic) {
    try {
      Table table = access.catalog().loadTable(identifier(plan));
      table.refresh();
      SortedMap<Integer, Long> applied =
          StoredPosition.of(table).map(StoredPosition::nextOffsets).orElse(new TreeMap<>());
      return new PinnedRows(plan, table, applied);
    } catch (NoSuchTableException e) {
      return PlacedRows.NONE;
    } catch (RuntimeException e) {
      throw failed(plan, e);
    }
  }

  /** The rows of the snapshot that was the present one; commits that follow change nothing. */
  private final class PinnedRows implements PlacedRows {
    private final TablePlan plan;
    private final Table table;
    private final Snapshot snapshot;
    private final SortedMap<Integer, Long> applied;

    private PinnedRows(TablePlan plan, Table table, SortedMap<Integer, Long> applied) {
      this.plan = plan;
      this.table = table;
      this.snapshot = table.currentSnapshot();
      this.applied = applied;
    }

    @Override
    public SortedMap<Integer, Long> applied() {
      return applied;
    }

    @Override
    public boolean isPinned() {
      return true;
    }

    @Override
    public long scan(Version since, PlacedVisitor visitor) {
      if (snapshot == null) {
        return 0;
      }
      List<String> identity = plan.hasKey() ? List.of() : PlacedRows.KEYLESS_IDENTITY;
      try {
        return read(
            plan,
            table,
            IcebergGenerics.read(table).useSnapshot(snapshot.snapshotId()),
            identity,
            row -> visitor.row(row, null));
      } catch (VerifyException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        throw failed(plan, e);
      }
    }
  }

  private long read(TablePlan plan, Expression filter, RowVisitor visitor) {
    try {
      Table table = access.catalog().loadTable(identifier(plan));
      table.refresh();
      return read(plan, table, IcebergGenerics.read(table).where(filter), List.of(), visitor);
    } catch (NoSuchTableException e) {
      return 0;
    } catch (VerifyException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw failed(plan, e);
    }
  }

  /**
   * Shows rows.
   *
   * @param more whole numbers that each row ends with, by the names of their columns
   */
  private static long read(
      TablePlan plan,
      Table table,
      IcebergGenerics.ScanBuilder scan,
      List<String> more,
      RowVisitor visitor)
      throws IOException {
    List<String> names = new ArrayList<>(plan.columnNames());
    names.addAll(more);
    Schema projection = table.schema().select(names);
    List<String> present = projection.columns().stream().map(NestedField::name).toList();
    int[] positions = names.stream().mapToInt(present::indexOf).toArray();
    CanonicalRow row = new CanonicalRow(positions.length);
    long count = 0;
    try (CloseableIterable<Record> records = scan.project(projection).build()) {
      for (Record record : records) {
        fill(plan, table, record, positions, row);
        for (int i = plan.columns().size(); i < positions.length; i++) {
          row.add(positions[i] < 0 ? null : record.get(positions[i]).toString());
        }
        visitor.row(row);
        count++;
      }
    }
    return count;
  }

  private static void fill(
      TablePlan plan, Table table, Record record, int[] positions, CanonicalRow row) {
    row.clear();
    for (int i = 0; i < plan.columns().size(); i++) {
      ComparedColumn column = plan.columns().get(i);
      try {
        row.add(positions[i] < 0 ? null : column.icebergText(record.get(positions[i])));
      } catch (ClassCastException e) {
        throw SinkFailure.ofOtherColumns(
            "Column `%s` of %s is of type %s in Iceberg, which does not hold %s: resync the table"
                .formatted(
                    column.name(),
                    table.name(),
                    table.schema().findType(column.name()),
                    column.column().type().name()),
            e);
      }
    }
  }

  private SinkFailure failed(TablePlan plan, Exception e) {
    return new SinkFailure(
        "Table %s cannot be read from Iceberg: %s. Check that catalog and object store run and that this user may read them"
            .formatted(identifier(plan), e),
        e);
  }
}
