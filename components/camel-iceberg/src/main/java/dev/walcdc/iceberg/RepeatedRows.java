package dev.walcdc.iceberg;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows of a table without a key that come twice in one batch, because the log repeats itself. An
 * equality delete does not reach rows of its own commit, so they are left out here.
 */
final class RepeatedRows {

  private RepeatedRows() {}

  /**
   * The changes without repetitions.
   *
   * @throws RefusedChangeException if two different rows claim to be the same
   */
  static List<RowChange> without(List<RowChange> changes, TableSchema schema) {
    if (isAscending(changes)) {
      return changes;
    }
    Map<RowId, RowChange> seen = new HashMap<>(changes.size() * 2);
    List<RowChange> once = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      RowChange earlier = seen.putIfAbsent(RowId.of(change.point()), change);
      if (earlier == null) {
        once.add(change);
      } else if (!Arrays.deepEquals(earlier.row(), change.row())) {
        throw new RefusedChangeException(
            schema.qualifiedName(),
            change,
            ("Two different rows of table `%s`, which has no primary key, have the same place in the"
                    + " WAL (%s, ordinal %d). The log was not written by this platform's capture,"
                    + " which numbers such rows. Add a primary key at the source")
                .formatted(schema.qualifiedName(), change.version(), change.point().ordinal()));
      }
    }
    return once;
  }

  /** Nearly always true, and then no row can be there twice. */
  private static boolean isAscending(List<RowChange> changes) {
    RowId last = null;
    for (RowChange change : changes) {
      RowId id = RowId.of(change.point());
      if (last != null && last.compareTo(id) >= 0) {
        return false;
      }
      last = id;
    }
    return true;
  }
}
