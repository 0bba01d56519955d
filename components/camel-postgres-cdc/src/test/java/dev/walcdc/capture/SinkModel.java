package dev.walcdc.capture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.walcdc.capture.Log.Entry;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition.Comparison;
import dev.walcdc.change.Version;
import dev.walcdc.envelope.SourceSequence;
import dev.walcdc.log.RecordHeaders;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a sink makes of a table's log, by the order of versions or by that of the log alone. Keys
 * are numbers in a column {@code id}; a table without a key is held by its rows' places.
 */
final class SinkModel {

  /** Debezium's mark for a value that was left out. */
  private static final String UNAVAILABLE = "__debezium_unavailable_value";

  private record State(Version version, JsonNode row) {}

  private final boolean byVersion;
  private final Map<String, State> states = new TreeMap<>();

  SinkModel(boolean byVersion) {
    this.byVersion = byVersion;
  }

  /** Makes the sink hold something else than it was sent. */
  void damage(String id, JsonNode row) {
    states.put(id, new State(Version.of(1, 0, 1), row));
  }

  void lose(String id) {
    states.remove(id);
  }

  void apply(Entry entry) {
    String fence = entry.headers().get(RecordHeaders.FENCE);
    if (fence != null) {
      Erasure erasure = Erasure.parse(fence);
      states
          .entrySet()
          .removeIf(
              s ->
                  s.getValue().version().compareTo(erasure.below()) < 0
                      && erasure.where().comparisons().stream()
                          .allMatch(c -> holds(c, Long.parseLong(s.getKey()))));
    } else if (entry.isRow()) {
      change(entry);
    }
  }

  private static boolean holds(Comparison comparison, long id) {
    long constant = Long.parseLong(comparison.constant());
    return switch (comparison.operator()) {
      case EQUAL -> id == constant;
      case LESS -> id < constant;
      case LESS_OR_EQUAL -> id <= constant;
      case GREATER -> id > constant;
      case GREATER_OR_EQUAL -> id >= constant;
    };
  }

  private void change(Entry entry) {
    Version version = version(entry);
    if (entry.op().equals("t")) {
      states.values().removeIf(state -> state.version().compareTo(version) < 0);
      return;
    }
    boolean gone = entry.op().equals("d");
    JsonNode row = gone ? entry.json().get("before") : entry.after();
    String key =
        entry.key() == null
            ? "%020d/%08d".formatted(version.lsn(), entry.ordinal())
            : Long.toString(row.get("id").longValue());
    State before = states.get(key);
    if (byVersion && before != null && version.compareTo(before.version()) < 0) {
      return;
    }
    JsonNode after = gone ? null : whole(row, before);
    if (after == null && !byVersion) {
      states.remove(key);
    } else {
      states.put(key, new State(version, after));
    }
  }

  static Version version(Entry entry) {
    JsonNode source = entry.json().get("source");
    long lastCommit = SourceSequence.lastCommitLsn(source.get("sequence").textValue());
    return entry.op().equals("r") && lastCommit == 0
        ? Version.ofSnapshot(1)
        : Version.of(1, lastCommit, entry.lsn());
  }

  private static JsonNode whole(JsonNode row, State before) {
    ObjectNode whole = row.deepCopy();
    row.fields()
        .forEachRemaining(
            field -> {
              if (field.getValue().asText().equals(UNAVAILABLE)) {
                JsonNode known =
                    before == null || before.row() == null
                        ? null
                        : before.row().get(field.getKey());
                whole.set(field.getKey(), known);
              }
            });
    return whole;
  }

  /** The rows that are there, by key. */
  Map<String, String> rows() {
    Map<String, String> rows = new TreeMap<>();
    states.forEach(
        (key, state) -> {
          if (state.row() != null) {
            rows.put(key, state.row().toString());
          }
        });
    return rows;
  }
}
