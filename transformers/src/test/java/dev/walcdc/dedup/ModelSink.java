package dev.walcdc.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.dedup.History.Row;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rules that every sink follows, in memory: erase what is older, then apply a change if the row
 * is not newer; a deletion leaves its version behind; an unchanged value is the row's own.
 */
final class ModelSink {

  private record State(Version version, Object[] row) {}

  private final Map<Long, State> states = new TreeMap<>();

  void apply(ChangeBatch batch) {
    for (Erasure erasure : batch.erasures()) {
      states.replaceAll(
          (key, state) ->
              state.version().compareTo(erasure.below()) < 0
                  ? new State(erasure.below(), null)
                  : state);
    }
    for (RowChange change : batch.changes()) {
      Long key = (Long) change.row()[0];
      State now = states.get(key);
      if (now == null || change.version().compareTo(now.version()) >= 0) {
        states.put(
            key, new State(change.version(), change.isDelete() ? null : complete(change, now)));
      }
    }
  }

  private static Object[] complete(RowChange change, State now) {
    Object[] row = change.row().clone();
    for (int i = 0; i < row.length; i++) {
      if (row[i] == Unchanged.TOAST) {
        assertThat(now).as("no row to complete %s from", change).isNotNull();
        assertThat(now.row()).as("a deleted row cannot complete %s", change).isNotNull();
        row[i] = now.row()[i];
      }
    }
    return row;
  }

  /** Rows that are there. */
  Map<Integer, Row> rows() {
    Map<Integer, Row> rows = new TreeMap<>();
    states.forEach(
        (key, state) -> {
          if (state.row() != null) {
            rows.put(key.intValue(), new Row((Integer) state.row()[1], (String) state.row()[2]));
          }
        });
    return rows;
  }

  /** Versions of all rows, deleted ones included. */
  Map<Long, Version> versions() {
    Map<Long, Version> versions = new TreeMap<>();
    states.forEach((key, state) -> versions.put(key, state.version()));
    return versions;
  }
}
