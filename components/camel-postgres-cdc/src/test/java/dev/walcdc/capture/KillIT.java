package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.Log.Entry;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * kill -9 in the middle of transactions whose rows share LSNs. A COPY writes as many rows as fit
 * into a page under one LSN, so nearly every batch ends between rows that share one.
 */
class KillIT {

  private static final int KILLS = 8;
  private static final int COPIES = 4;
  private static final int COPIED = 5_000;
  private static final int INSERTED = 300;

  private long lastId;

  private String idsAsLines(int rows) {
    return LongStream.range(0, rows)
        .mapToObj(i -> Long.toString(++lastId))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private void copy(Connection connection, int rows) throws SQLException, IOException {
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("COPY kill.t FROM STDIN", new StringReader(idsAsLines(rows)));
  }

  /** Long transactions, each with short ones inside that commit before it. */
  private void load(Capture capture) throws SQLException, IOException {
    for (int i = 0; i < COPIES; i++) {
      try (Connection slow = Source.open();
          Connection quick = Source.open();
          Statement statement = quick.createStatement()) {
        slow.setAutoCommit(false);
        copy(slow, COPIED / 2);
        long first = lastId + 1;
        lastId += INSERTED;
        statement.execute(
            "INSERT INTO kill.t SELECT generate_series(%d, %d)".formatted(first, lastId));
        copy(quick, INSERTED);
        copy(slow, COPIED / 2);
        capture.sql("INSERT INTO @.t VALUES (%d)".formatted(++lastId));
        slow.commit();
        capture.sql("INSERT INTO @.t VALUES (%d)".formatted(++lastId));
      }
    }
  }

  @Test
  void nothingIsLostAndEveryRowKeepsItsIdentity() throws Exception {
    Random random = new Random(20_261_123);
    try (Capture capture = new Capture("kill").table("t", "id bigint PRIMARY KEY")) {
      capture.with("maxBatchSize", 173).with("maxQueueSize", 512).with("positionInterval", 0);
      capture.start().streaming();
      capture.stop();
      load(capture);
      int kills = 0;
      while (kills < KILLS) {
        long enough = Log.end(capture.topic("t")) + 1 + random.nextInt(6_000);
        Process process = CaptureProcess.start("kill", capture.options());
        try {
          eventually(
              "some progress", () -> Log.end(capture.topic("t")) >= enough || hasLast(capture));
        } finally {
          process.destroyForcibly().waitFor();
        }
        kills++;
        if (hasLast(capture)) {
          assertComplete(capture);
          load(capture);
        }
      }
      capture.start();
      eventually("the last row", () -> hasLast(capture));
      capture.stop();
      assertComplete(capture);
      assertIdentity(capture.log("t"));
    }
  }

  /** The row that was committed last comes last, also when it comes again. */
  private boolean hasLast(Capture capture) {
    Entry last = Log.last(capture.topic("t"));
    return last != null && last.after().get("id").longValue() == lastId;
  }

  private void assertComplete(Capture capture) {
    Set<Long> missing = new TreeSet<>(LongStream.rangeClosed(1, lastId).boxed().toList());
    missing.removeAll(capture.ids("t"));
    assertThat(missing).as("rows that the log lacks though later ones are on it").isEmpty();
  }

  private static void assertIdentity(List<Entry> log) {
    Map<String, Long> rowOf = new HashMap<>();
    Map<Long, String> placeOf = new HashMap<>();
    Map<Long, Long> lastCommitOf = new HashMap<>();
    long shared = 0;
    for (Entry entry : log) {
      long id = entry.after().get("id").longValue();
      String place = entry.lsn() + "/" + entry.ordinal();
      assertThat(rowOf.getOrDefault(place, id)).as("the row at %s", place).isEqualTo(id);
      assertThat(placeOf.getOrDefault(id, place)).as("the place of row %d", id).isEqualTo(place);
      assertThat(lastCommitOf.getOrDefault(id, entry.lastCommitLsn()))
          .as("the last commit before row %d", id)
          .isEqualTo(entry.lastCommitLsn());
      lastCommitOf.put(id, entry.lastCommitLsn());
      rowOf.put(place, id);
      placeOf.put(id, place);
      shared += entry.ordinal() > 0 ? 1 : 0;
    }
    assertThat(shared).as("rows that share an LSN").isPositive();
    assertThat(log.size()).as("rows that came again").isGreaterThan(rowOf.size());
  }
}
