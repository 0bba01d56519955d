package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What PostgreSQL does to rows without streaming it makes capture read their table again. */
class RereadIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Until the log says what the source holds, by the order of versions and by its own. */
  private static void awaitLogLike(Capture capture, String table) throws Exception {
    Map<String, String> rows = new TreeMap<>();
    for (String row : Source.query("SELECT row_to_json(t) FROM %s t".formatted(table))) {
      rows.put(JSON.readTree(row).get("id").asText(), JSON.readTree(row).toString());
    }
    for (boolean byVersion : new boolean[] {true, false}) {
      eventually("the log is like the source", () -> sink(capture, byVersion).rows().equals(rows));
    }
  }

  private static SinkModel sink(Capture capture, boolean byVersion) {
    SinkModel sink = new SinkModel(byVersion);
    capture.log("t").forEach(sink::apply);
    return sink;
  }

  @Test
  void theDefaultOfANewColumnReachesRowsThatWereThere() throws Exception {
    try (Capture capture = new Capture("reread_default").table("t", "id int PRIMARY KEY, a text")) {
      capture.sql("INSERT INTO @.t SELECT i, 'a' || i FROM generate_series(1, 50) i");
      capture.start().streaming();
      capture.sql("ALTER TABLE @.t ADD COLUMN b int DEFAULT 7", "INSERT INTO @.t VALUES (51, 'x')");
      awaitLogLike(capture, "reread_default.t");
    }
  }

  /** Each row comes to a key that the next one has still: the log says that all but one go. */
  @Test
  void aDeferrableKeyMayPassFromRowToRow() throws Exception {
    try (Capture capture =
        new Capture("reread_shift").table("t", "id int PRIMARY KEY DEFERRABLE, a text")) {
      capture.sql(
          "ALTER TABLE @.t REPLICA IDENTITY FULL",
          "INSERT INTO @.t SELECT i, 'a' || i FROM generate_series(1, 50) i");
      capture.start().streaming();
      capture.sql("UPDATE @.t SET id = id + 1");
      awaitLogLike(capture, "reread_shift.t");
      capture.sql(
          "BEGIN; SET CONSTRAINTS ALL DEFERRED;"
              + " UPDATE @.t SET id = 97 - id WHERE id > 40;"
              + " INSERT INTO @.t VALUES (2, 'second'); DELETE FROM @.t WHERE a = 'a1'; COMMIT",
          "INSERT INTO @.t VALUES (1000, 'last')");
      eventually("the last row", () -> capture.ids("t").contains(1_000L));
      awaitLogLike(capture, "reread_shift.t");
    }
  }

  /** A row that is made and deleted under its key is no reason, and neither is another table. */
  @Test
  void otherChangesOfSuchATableAreNoReason() {
    try (Capture capture =
        new Capture("reread_not").table("t", "id int PRIMARY KEY DEFERRABLE, a text")) {
      capture.sql("ALTER TABLE @.t REPLICA IDENTITY FULL");
      capture.start().streaming();
      capture.sql(
          "INSERT INTO @.t VALUES (1, 'a'), (2, 'b')",
          "UPDATE @.t SET a = 'c'",
          "UPDATE @.t SET id = id + 10",
          "DELETE FROM @.t WHERE id = 11",
          "INSERT INTO @.t VALUES (1000, 'last')");
      eventually("the last row", () -> capture.ids("t").contains(1_000L));
      assertThat(capture.lastState().resyncs()).isEmpty();
    }
  }
}
