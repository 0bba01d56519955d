package dev.walcdc.iceberg;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Short ways to say what a test applies: changes of partition 0 in epoch 1 unless said otherwise.
 */
final class Changes {

  static final String TOPIC = "dbserver1.app.users";

  private Changes() {}

  static Column column(String name, String type, int attnum) {
    return new Column(name, PostgresType.of(type), true, attnum);
  }

  static TableSchema users(int epoch, long sequence, Column... more) {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("id", PostgresType.of("int8"), false, 1));
    columns.add(column("name", "text", 2));
    columns.addAll(Arrays.asList(more));
    return new TableSchema("app", "users", columns, List.of("id"), epoch, sequence);
  }

  static TableSchema users() {
    return users(1, 1);
  }

  static TableSchema events() {
    return new TableSchema(
        "app",
        "events",
        List.of(column("at", "int8", 1), column("text", "text", 2)),
        List.of(),
        1,
        1);
  }

  static RowChange change(Operation operation, int epoch, long lsn, Object... row) {
    Version version =
        operation == Operation.READ
            ? Version.ofSnapshot(epoch)
            : Version.of(epoch, Math.max(0, lsn - 1), lsn);
    long ordinal = operation == Operation.READ ? lsn : 0;
    return RowChange.of(new ChangePoint(operation, version, ordinal), row, 0, lsn, lsn * 1_000);
  }

  static RowChange read(long ordinal, Object... row) {
    return change(Operation.READ, 1, ordinal, row);
  }

  static RowChange create(long lsn, Object... row) {
    return change(Operation.CREATE, 1, lsn, row);
  }

  static RowChange update(long lsn, Object... row) {
    return change(Operation.UPDATE, 1, lsn, row);
  }

  static RowChange delete(long lsn, Object... row) {
    return change(Operation.DELETE, 1, lsn, row);
  }

  static ChangeBatch batch(TableSchema schema, long nextOffset, RowChange... changes) {
    return batch(schema, nextOffset, null, changes);
  }

  static ChangeBatch batch(
      TableSchema schema, long nextOffset, Version eraseBelow, RowChange... changes) {
    ChangePoint last =
        Arrays.stream(changes).map(RowChange::point).max(ChangePoint::compareTo).orElse(null);
    long at = Arrays.stream(changes).mapToLong(RowChange::committedAtMicros).max().orElse(0);
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    progress.put(0, new PartitionProgress(nextOffset, Math.max(1, changes.length), last, at));
    return new ChangeBatch(
        "dbserver1." + schema.qualifiedName(),
        schema,
        eraseBelow == null ? List.of() : List.of(Erasure.below(eraseBelow)),
        List.of(changes),
        progress);
  }
}
