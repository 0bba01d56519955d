package dev.walcdc.dedup;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Second step of every sink's route: of several changes of one row in a batch the last one stays,
 * completed by the values that the earlier ones knew. "Last" is the one with the highest version,
 * and of equal ones the later on the log; changes are never ordered by their operation. Rows of a
 * table without a key have no identity to fold by and all stay. A pure function, safe to share.
 */
public final class ChangeDeduplicator {

  /** Folds the changes of each row into one. */
  public ChangeBatch deduplicate(ChangeBatch batch) {
    if (!batch.schema().hasKey() || batch.changes().size() < 2) {
      return batch;
    }
    RowIdentity identity = RowIdentity.of(batch.schema());
    Map<Object, RowChange> last = new LinkedHashMap<>(batch.changes().size() * 2);
    for (RowChange change : batch.changes()) {
      last.merge(identity.of(change.row()), change, ChangeDeduplicator::fold);
    }
    return batch.withChanges(new ArrayList<>(last.values()));
  }

  private static RowChange fold(RowChange earlier, RowChange later) {
    if (later.version().compareTo(earlier.version()) < 0) {
      return earlier; // A replay: the log repeats what this batch has already passed.
    }
    return new RowChange(
        later.point(),
        earlier.since(),
        fill(later, earlier),
        later.partition(),
        later.offset(),
        later.committedAtMicros());
  }

  /** What the source left out of an update because it did not change is what it was before. */
  private static Object[] fill(RowChange later, RowChange earlier) {
    Object[] row = later.row();
    if (later.isDelete() || earlier.isDelete()) {
      return row;
    }
    Object[] filled = row;
    for (int i = 0; i < row.length; i++) {
      if (row[i] == Unchanged.TOAST) {
        filled = filled == row ? row.clone() : filled;
        filled[i] = earlier.row()[i];
      }
    }
    return filled;
  }
}
