package dev.walcdc.clickhouse;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.util.List;
import java.util.TreeMap;

/** Short ways to say what a test applies. */
final class Changes {

  static final int EPOCH = 1;
  static final long COMMITTED_AT = 1_700_000_000_123_456L;

  private Changes() {}

  static Column notNull(String name, String type) {
    return new Column(name, PostgresType.of(type), false, 0);
  }

  static Column nullable(String name, String type) {
    return new Column(name, PostgresType.of(type), true, 0);
  }

  static TableSchema schema(String schema, String table, List<String> key, Column... columns) {
    return new TableSchema(schema, table, List.of(columns), key, EPOCH, 1);
  }

  /** The next definition of the same table. */
  static TableSchema next(TableSchema schema, Column... columns) {
    return new TableSchema(
        schema.schema(),
        schema.table(),
        List.of(columns),
        schema.key(),
        schema.epoch(),
        schema.sequence() + 1);
  }

  static Version version(long lsn) {
    return Version.of(EPOCH, lsn - 1, lsn);
  }

  static RowChange create(long lsn, Object... row) {
    return change(Operation.CREATE, version(lsn), 0, row);
  }

  static RowChange update(long lsn, Object... row) {
    return change(Operation.UPDATE, version(lsn), 0, row);
  }

  static RowChange delete(long lsn, Object... row) {
    return change(Operation.DELETE, version(lsn), 0, row);
  }

  static RowChange read(int epoch, long ordinal, Object... row) {
    return change(Operation.READ, Version.ofSnapshot(epoch), ordinal, row);
  }

  static RowChange change(Operation operation, Version version, long ordinal, Object... row) {
    return RowChange.of(new ChangePoint(operation, version, ordinal), row, 0, 0, COMMITTED_AT);
  }

  static ChangeBatch batch(TableSchema schema, RowChange... changes) {
    return batch(schema, null, List.of(changes));
  }

  static ChangeBatch erasure(TableSchema schema, Version below, RowChange... changes) {
    return batch(schema, below, List.of(changes));
  }

  static ChangeBatch batch(TableSchema schema, Version eraseBelow, List<RowChange> changes) {
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    ChangePoint last = changes.isEmpty() ? null : changes.get(changes.size() - 1).point();
    progress.put(
        0, new PartitionProgress(100, changes.size(), last, last == null ? 0 : COMMITTED_AT));
    List<Erasure> erasures = eraseBelow == null ? List.of() : List.of(Erasure.below(eraseBelow));
    return new ChangeBatch("t." + schema.qualifiedName(), schema, erasures, changes, progress);
  }
}
