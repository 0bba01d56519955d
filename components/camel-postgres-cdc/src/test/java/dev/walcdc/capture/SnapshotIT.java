package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.Log.Entry;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.CaptureState.Phase;
import dev.walcdc.log.RecordHeaders;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Snapshot, streaming, restarts and epochs. */
class SnapshotIT {

  @Test
  void aRestartGoesOnWhereThePositionSays() {
    try (Capture capture = new Capture("snap_restart").table("t", "id int PRIMARY KEY")) {
      capture.sql("INSERT INTO @.t SELECT generate_series(1, 100)");
      capture.start().streaming();
      capture.sql("INSERT INTO @.t VALUES (101)");
      eventually("the row", () -> capture.ids("t").contains(101L));
      capture.stop();
      capture.sql("INSERT INTO @.t VALUES (102), (103)", "DELETE FROM @.t WHERE id = 5");
      capture.start();
      eventually("rows of the time without capture", () -> capture.ids("t").size() == 103);
      eventually("the deletion", () -> capture.log("t").stream().anyMatch(e -> !e.isRow()));

      List<CaptureState> states = capture.states();
      assertThat(states.get(0).phase()).isEqualTo(Phase.SNAPSHOT);
      assertThat(states.get(0).position()).isNull();
      assertThat(states.stream().skip(1))
          .allSatisfy(
              state -> {
                assertThat(state.phase()).isEqualTo(Phase.STREAMING);
                assertThat(state.epoch()).isEqualTo(1);
                assertThat(state.nextOffsets().get(capture.topic("t")).get(0))
                    .isBetween(100L, 105L);
              });
      // The snapshot's rows came once, with an ordinal each, and no fence was needed.
      List<Entry> log = capture.log("t");
      assertThat(log.stream().filter(e -> e.isRow() && e.op().equals("r")).map(Entry::ordinal))
          .containsExactlyElementsOf(LongStream.range(0, 100).boxed().toList());
      assertThat(log).noneMatch(Entry::isFence);
    }
  }

  @Test
  void aSnapshotThatIsCutShortBeginsAgainInANewEpoch() {
    try (Capture capture =
        new Capture("snap_cut").table("t", "id int PRIMARY KEY").table("e", "id int PRIMARY KEY")) {
      capture.sql("INSERT INTO @.t SELECT generate_series(1, 3000)");
      CountDownLatch cut = new CountDownLatch(2);
      capture
          .with("maxBatchSize", 500)
          .with("maxQueueSize", 1000)
          .beforeKafka(
              exchange -> {
                boolean changes = exchange.getMessage().getBody(List.class).size() > 100;
                if (changes) {
                  cut.countDown();
                  if (cut.getCount() == 0) {
                    throw new IllegalStateException("Kafka refuses all but the first batch");
                  }
                }
              })
          .start();
      eventually("some of the snapshot", () -> cut.getCount() == 0);
      capture.stop();
      assertThat(capture.ids("t")).isNotEmpty().hasSizeLessThan(3000);
      assertThat(capture.lastState().phase()).isEqualTo(Phase.SNAPSHOT);
      capture.sql("DELETE FROM @.t WHERE id = 1", "INSERT INTO @.t VALUES (3001)");

      capture.beforeKafka(exchange -> {}).start().streaming();
      CaptureState state = capture.lastState();
      assertThat(state.epoch()).isEqualTo(2);
      List<Entry> fences = capture.log("t").stream().filter(Entry::isFence).toList();
      assertThat(fences).hasSize(1);
      Entry fence = fences.get(0);
      assertThat(fence.headers()).containsEntry(RecordHeaders.FENCE, "2");
      assertThat(fence.isRow()).isFalse();
      List<Entry> since =
          capture.log("t").stream().filter(e -> e.schema().equals(fence.schema())).toList();
      assertThat(
              since.stream()
                  .filter(Entry::isRow)
                  .map(e -> e.after().get("id").longValue())
                  .collect(Collectors.toSet()))
          .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(2, 3001).boxed().toList());
      assertThat(since.stream().filter(e -> e.isRow() && e.op().equals("r")))
          .allSatisfy(e -> assertThat(e.offset()).isLessThan(fence.offset()));
      // A table without rows gets its fence as well: it may have had some.
      assertThat(capture.log("e"))
          .singleElement()
          .satisfies(e -> assertThat(e.headers()).containsEntry(RecordHeaders.FENCE, "2"));
      capture.sql("INSERT INTO @.t VALUES (4000)");
      eventually("streaming in the new epoch", () -> capture.ids("t").contains(4000L));
    }
  }

  @Test
  void aSnapshotReadsWhatIsPublishedAndPartitionsByTheirRoot() {
    try (Capture capture = new Capture("snap_published").table("left_out", "id int PRIMARY KEY")) {
      capture.sql(
          "CREATE TABLE @.root (id int PRIMARY KEY) PARTITION BY RANGE (id)",
          "CREATE TABLE @.low PARTITION OF @.root FOR VALUES FROM (0) TO (100)",
          "INSERT INTO @.root SELECT generate_series(1, 50)",
          "INSERT INTO @.left_out VALUES (1)",
          "CREATE TABLE @.\"a, b\" (id int PRIMARY KEY)",
          "INSERT INTO @.\"a, b\" VALUES (1), (2)",
          "DROP PUBLICATION snap_published",
          "CREATE PUBLICATION snap_published FOR TABLE @.root, @.\"a, b\", @.heartbeat WITH (publish_via_partition_root = true)");
      capture.start().streaming();
      capture.sql("INSERT INTO @.left_out VALUES (2)", "INSERT INTO @.root VALUES (60)");
      eventually("a row of the root", () -> capture.ids("root").contains(60L));

      assertThat(capture.ids("root")).hasSize(51);
      assertThat(capture.ids("a__b")).containsExactly(1L, 2L);
      assertThat(capture.log("left_out")).isEmpty();
      assertThat(capture.log("low")).isEmpty();
    }
  }

  private static List<Integer> partitions(Capture capture, String table, Predicate<Entry> which) {
    return capture.log(table).stream().filter(which).map(Entry::partition).sorted().toList();
  }

  /** Each partition may be read by itself, and holds rows of its own. */
  @Test
  void fencesAndTruncatesReachEveryPartitionOfEveryTable() {
    try (Capture capture =
        new Capture("snap_parts")
            .table("t", "id int PRIMARY KEY")
            .table("e", "id int PRIMARY KEY")) {
      capture.with("topicPartitions", 3);
      capture.sql("INSERT INTO @.t SELECT generate_series(1, 20)");
      capture.start().streaming();
      capture.stop();
      capture.dropSlot();
      capture.start();
      eventually("the new epoch", () -> capture.isStreamingIn(2));
      assertThat(partitions(capture, "t", Entry::isFence)).containsExactly(0, 1, 2);
      assertThat(partitions(capture, "e", Entry::isFence)).containsExactly(0, 1, 2);
      assertThat(partitions(capture, "t", Entry::isRow)).contains(0, 1, 2).hasSize(40);
      capture.sql("TRUNCATE @.t", "INSERT INTO @.t VALUES (21)");
      eventually("the row after the TRUNCATE", () -> capture.ids("t").contains(21L));
      Predicate<Entry> truncate = e -> e.isRow() && e.op().equals("t");
      eventually(
          "the TRUNCATE on each partition",
          () -> partitions(capture, "t", truncate).equals(List.of(0, 1, 2)));
    }
  }

  /** The sinks rank by the epoch: rows of an epoch that begins twice would lose to older ones. */
  @Test
  void aLostPositionBeginsANewEpoch() {
    try (Capture capture = new Capture("snap_amnesia").table("t", "id int PRIMARY KEY")) {
      capture.sql("INSERT INTO @.t VALUES (1), (2)");
      capture.start().streaming();
      capture.stop();
      capture.dropSlot();
      Log.write("snap_amnesia.positions", "snap_amnesia", null);
      capture.sql("DELETE FROM @.t WHERE id = 1");
      capture.start();
      eventually("the fence", () -> capture.log("t").stream().anyMatch(Entry::isFence));
      assertThat(capture.log("t").stream().filter(Entry::isFence))
          .allSatisfy(e -> assertThat(e.headers()).containsEntry(RecordHeaders.FENCE, "2"));
    }
  }

  @Test
  void anInvalidatedSlotBeginsANewEpoch() {
    try (Capture capture = new Capture("snap_invalid").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.stop();
      Source.run(
          "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
          "SELECT pg_reload_conf()",
          "INSERT INTO snap_invalid.t VALUES (1)");
      try {
        eventually(
            "the slot is invalidated",
            () -> {
              Source.run("SELECT pg_logical_emit_message(true, 'test', 'fill')");
              Source.run("SELECT pg_switch_wal()", "CHECKPOINT");
              return "lost"
                  .equals(
                      Source.single(
                          "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'snap_invalid'"));
            });
      } finally {
        Source.run("ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()");
      }
      capture.start();
      eventually("the row", () -> capture.ids("t").contains(1L));
      eventually("the new epoch", () -> capture.isStreamingIn(2));
    }
  }

  @Test
  void aLostSlotBeginsANewEpoch() {
    try (Capture capture = new Capture("snap_lost").table("t", "id int PRIMARY KEY")) {
      capture.sql("INSERT INTO @.t VALUES (1), (2)");
      capture.start().streaming();
      capture.stop();
      capture.dropSlot();
      capture.sql("DELETE FROM @.t WHERE id = 1", "INSERT INTO @.t VALUES (3)");
      capture.start();
      eventually("a position in the new epoch", () -> capture.isStreamingIn(2));
      List<Entry> log = capture.log("t");
      assertThat(log.stream().map(e -> e.isRow() ? e.op() : "-"))
          .containsExactly("r", "r", "r", "r", "-");
      assertThat(log.get(4).headers()).containsEntry(RecordHeaders.FENCE, "2");
    }
  }

  /**
   * A transaction whose last row lies before the COMMIT of another that was streamed first: the
   * slot is confirmed up to that COMMIT, ahead of the row, and that is as it should be.
   */
  @Test
  void aSlotThatWasConfirmedBehindTheLastRowIsNotAhead() throws SQLException {
    try (Capture capture = new Capture("snap_overlap").table("t", "id int PRIMARY KEY")) {
      // Without a heartbeat nothing but these transactions moves the position.
      Source.run("DROP TABLE snap_overlap.heartbeat");
      capture.sql("INSERT INTO @.t VALUES (0)");
      capture.start().streaming();
      try (Connection connection = Source.open();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("INSERT INTO snap_overlap.t VALUES (1)");
        capture.sql("INSERT INTO @.t VALUES (2)");
        connection.commit();
      }
      long confirmed = capture.confirmedFlush();
      capture.sql("INSERT INTO @.t VALUES (3)");
      eventually(
          "the slot is confirmed ahead of the row",
          () ->
              capture.confirmedFlush() > confirmed
                  && capture.confirmedFlush() > capture.lastState().position().lsn());
      capture.restart();
      capture.sql("INSERT INTO @.t VALUES (4)");
      eventually("capture goes on", () -> capture.ids("t").contains(4L));
      assertThat(capture.ids("t")).containsExactly(0L, 1L, 2L, 3L, 4L);
      assertThat(capture.lastState().epoch()).isEqualTo(1);
    }
  }

  /** Rows from before ADD COLUMN that come again do not take the column away again. */
  @Test
  void aRestartDoesNotGoBackToAnEarlierSchema() {
    try (Capture capture = new Capture("snap_schema").table("t", "id int PRIMARY KEY")) {
      Source.run("DROP TABLE snap_schema.heartbeat");
      capture.sql("INSERT INTO @.t VALUES (0)");
      capture.start().streaming();
      capture.stop();
      // None of these is confirmed: the position is written only every hour.
      capture.with("positionInterval", 3_600_000).start();
      eventually("healthy", capture::isHealthy);
      capture.sql(
          "INSERT INTO @.t VALUES (1)",
          "INSERT INTO @.t VALUES (2)",
          "INSERT INTO @.t VALUES (3)",
          "ALTER TABLE @.t ADD COLUMN name text",
          "INSERT INTO @.t VALUES (4, 'four')");
      eventually("all rows", () -> capture.ids("t").contains(4L));
      capture.restart();
      capture.sql("INSERT INTO @.t VALUES (5, 'five')");
      eventually("the row after the restart", () -> capture.ids("t").contains(5L));
      assertThat(capture.log("t").stream().map(Entry::schema).distinct()).hasSize(2);
      assertThat(Log.read("snap_schema.schemas")).hasSize(2);
    }
  }
}
