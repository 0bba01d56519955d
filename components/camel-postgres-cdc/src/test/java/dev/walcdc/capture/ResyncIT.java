package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.Log.Entry;
import dev.walcdc.capture.resync.ResyncJob;
import dev.walcdc.capture.resync.ResyncJob.Phase;
import dev.walcdc.capture.resync.ResyncRequest;
import dev.walcdc.capture.resync.Signal;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Tables are read again while they change, and the log then says what the source holds. */
class ResyncIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static void request(
      Capture capture, String schema, String kind, String id, String where) {
    String body = new ResyncRequest(schema, "t", where, "a test").toJson();
    capture.sql(
        "INSERT INTO @.signal VALUES ('%s', '%s', '%s')"
            .formatted(id, kind, body.replace("'", "''")),
        "DELETE FROM @.signal");
  }

  private static Optional<ResyncJob> job(Capture capture, String id) {
    return capture.lastState().resync(id);
  }

  private static void awaitEnd(Capture capture, String id, Phase how) {
    eventually(
        "resync " + id + " ends", () -> job(capture, id).filter(ResyncJob::isEnded).isPresent());
    assertThat(job(capture, id).orElseThrow())
        .satisfies(job -> assertThat(job.phase()).as(job.toString()).isEqualTo(how));
  }

  private static Map<String, String> source(String table) throws Exception {
    Map<String, String> rows = new TreeMap<>();
    for (String row : Source.query("SELECT row_to_json(t) FROM %s t".formatted(table))) {
      rows.put(JSON.readTree(row).get("id").asText(), JSON.readTree(row).toString());
    }
    return rows;
  }

  /** Changes with long values that are left out, changes of keys, deletions, long transactions. */
  private static Future<?> workload(
      ExecutorService thread, String table, AtomicBoolean stop, Random random) {
    return thread.submit(
        () -> {
          try (Connection slow = Source.open();
              Connection quick = Source.open();
              Statement slowly = slow.createStatement();
              Statement quickly = quick.createStatement()) {
            slow.setAutoCommit(false);
            for (int i = 0; !stop.get(); i++) {
              int id = random.nextInt(3_000);
              // Odd ids by the long transactions, so that nobody waits for anybody's lock.
              boolean odd = random.nextInt(4) == 0;
              Statement statement = odd ? slowly : quickly;
              int key = id * 2 + (odd ? 1 : 0);
              String sql =
                  switch (random.nextInt(5)) {
                    case 0 -> "DELETE FROM %s WHERE id = " + key;
                    case 1 ->
                        "INSERT INTO %s SELECT "
                            + key
                            + ", 'new', string_agg(md5(i::text), '') FROM generate_series(1, 400) i ON CONFLICT DO NOTHING";
                    default -> "UPDATE %s SET v = 'v" + i + "' WHERE id = " + key;
                  };
              statement.execute(sql.formatted(table));
              if (i % 20 == 0) {
                slow.commit();
              }
            }
            slow.commit();
          }
          return null;
        });
  }

  private static List<Entry> after(List<Entry> log, long offset) {
    return log.stream().filter(e -> e.offset() >= offset).toList();
  }

  @Test
  void repairsWhatASinkLostWhileChangesGoOnAndCaptureIsStartedAgain() throws Exception {
    Random random = new Random(20_261_123);
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (Capture capture =
        new Capture("resync").table("t", "id bigint PRIMARY KEY, v text, big text")) {
      capture.sql(
          "ALTER TABLE @.t ALTER big SET STORAGE EXTERNAL",
          "INSERT INTO @.t SELECT i, 'old', CASE WHEN i % 3 = 0 THEN repeat('x', 3000) ELSE 'short' END FROM generate_series(1, 4000) i");
      capture.with("resyncChunkRows", 150).with("positionInterval", 50).start().streaming();
      Future<?> load = workload(thread, "resync.t", stop, random);
      eventually("some changes", () -> Log.end(capture.topic("t")) > 4_100);

      long damagedAt = Log.end(capture.topic("t"));
      request(capture, "resync", Signal.RESYNC, "whole", null);
      request(capture, "resync", Signal.RESYNC, "part", "id >= 1000 AND id < 1500");
      eventually(
          "a part is read",
          () -> job(capture, "whole").filter(job -> job.rows() > 600).isPresent());
      capture.restart();
      awaitEnd(capture, "whole", Phase.DONE);
      awaitEnd(capture, "part", Phase.DONE);
      stop.set(true);
      load.get();
      capture.sql("INSERT INTO @.t VALUES (1000000, 'last', '')");
      eventually("the last row", () -> capture.ids("t").contains(1_000_000L));

      List<Entry> log = capture.log("t");
      assertThat(log.stream().filter(e -> e.headers().containsKey("walcdc.fence")))
          .extracting(e -> e.headers().get("walcdc.fence").contains("\"id\" >= '1000'"))
          .contains(false, true);
      for (boolean byVersion : new boolean[] {true, false}) {
        SinkModel sink = new SinkModel(byVersion);
        log.stream().filter(e -> e.offset() < damagedAt).forEach(sink::apply);
        for (long id = 1; id <= 4_000; id += 7) {
          sink.lose(Long.toString(id));
          sink.damage(
              Long.toString(id + 1), JSON.readTree("{\"id\":%d,\"v\":\"?\"}".formatted(id + 1)));
          sink.damage(Long.toString(id + 100_000), JSON.readTree("{\"id\":0}"));
        }
        after(log, damagedAt).forEach(sink::apply);
        assertThat(sink.rows()).as("by version: %s", byVersion).isEqualTo(source("resync.t"));
      }
    } finally {
      stop.set(true);
      thread.shutdown();
    }
  }

  /** An ALTER waits for a reading's lock, and whoever asks about the table waits for the ALTER. */
  @Test
  void aTableMayBeAlteredAllTheTimeWhileItIsReadAgain() {
    try (Capture capture =
        new Capture("resync_alter").table("t", "id bigint PRIMARY KEY, v text")) {
      capture.sql("INSERT INTO @.t SELECT i, 'v' FROM generate_series(1, 2000) i");
      capture.with("resyncChunkRows", 20).start().streaming();
      request(capture, "resync_alter", Signal.RESYNC, "whole", null);
      for (int i = 0; i < 60; i++) {
        capture.sql("ALTER TABLE @.t ADD COLUMN c%d int".formatted(i));
      }
      awaitEnd(capture, "whole", Phase.DONE);
      assertThat(job(capture, "whole").orElseThrow().rows()).isGreaterThanOrEqualTo(2000);
    }
  }

  /** Rows that were there before the table joined are not in the stream. */
  @Test
  void aTableThatJoinsThePublicationIsRead() throws Exception {
    try (Capture capture = new Capture("resync_join").table("first", "id int PRIMARY KEY")) {
      Source.run(
          "DROP PUBLICATION resync_join",
          "CREATE PUBLICATION resync_join FOR TABLE resync_join.first, resync_join.heartbeat, resync_join.signal");
      capture.with("tableInterval", 200).start().streaming();
      capture.table("t", "id int PRIMARY KEY, name text");
      capture.sql("INSERT INTO @.t SELECT i, 'n' FROM generate_series(1, 500) i");
      Source.run("ALTER PUBLICATION resync_join ADD TABLE resync_join.t");
      eventually("its rows", () -> capture.ids("t").size() == 500);
      // While capture is away it leaves, changes unseen, and joins again.
      capture.stop();
      Source.run("ALTER PUBLICATION resync_join DROP TABLE resync_join.t");
      capture.sql("DELETE FROM @.t WHERE id <= 100");
      Source.run("ALTER PUBLICATION resync_join ADD TABLE resync_join.t");
      capture.start();
      eventually(
          "two resyncs are done",
          () ->
              capture.lastState().resyncs().stream()
                      .filter(job -> job.phase() == Phase.DONE)
                      .count()
                  == 2);
      SinkModel sink = new SinkModel(true);
      capture.log("t").forEach(sink::apply);
      assertThat(sink.rows()).isEqualTo(source("resync_join.t"));
    }
  }

  @Test
  void aTableWithoutAKeyIsReadAsAWhole() throws Exception {
    try (Capture capture = new Capture("resync_bag").table("t", "id int, note text")) {
      capture.with("resyncChunkRows", 100);
      capture.sql("INSERT INTO @.t SELECT i % 50, 'same' FROM generate_series(1, 1000) i");
      capture.start().streaming();
      long damagedAt = Log.end(capture.topic("t"));
      request(capture, "resync_bag", Signal.RESYNC, "bag", null);
      for (int i = 0; i < 100; i++) {
        capture.sql("INSERT INTO @.t VALUES (%d, 'late')".formatted(1_000 + i));
      }
      awaitEnd(capture, "bag", Phase.DONE);
      eventually("the last row", () -> capture.ids("t").contains(1_099L));
      SinkModel sink = new SinkModel(true);
      sink.damage("00000000000000000001/00000000", JSON.readTree("{\"id\":0}"));
      after(capture.log("t"), damagedAt).forEach(sink::apply);
      List<String> expected =
          new ArrayList<>(Source.query("SELECT row_to_json(t)::text FROM resync_bag.t t"));
      assertThat(sink.rows().values().stream().sorted().toList())
          .isEqualTo(expected.stream().sorted().collect(Collectors.toList()));
      request(capture, "resync_bag", Signal.RESYNC, "refused", "id > 3");
      awaitEnd(capture, "refused", Phase.REFUSED);
      assertThat(job(capture, "refused").orElseThrow().message()).contains("without one");
    }
  }

  /** Nothing that the stream and a resync say of equal values may differ. */
  @Test
  void aRowReadAgainIsTheRowOfTheStream() throws Exception {
    try (Capture capture =
        new Capture("resync_types")
            .table(
                "t",
                """
                id int PRIMARY KEY, b bool, s smallint, l bigint, f real, d double precision,
                n numeric(20, 4), wide numeric, m money, day date, at time, atz timetz, ts timestamp,
                tz timestamptz, i interval, u uuid, bytes bytea, c char(8), v varchar(9), j json,
                jb jsonb, x xml, net inet, mac macaddr, bits bit(5), vb varbit, p point, r int4range,
                a int[], ta text[], na numeric[], tsa timestamptz[], g tsvector,
                "Odd ""name" text, gen int GENERATED ALWAYS AS (id * 2) STORED""")) {
      capture.start().streaming();
      capture.sql(
          """
          INSERT INTO @.t VALUES
            (1, true, -32768, 9223372036854775807, 'NaN', '-Infinity', -1234567890123456.7891,
             123456789012345678901234567890.123456789, '12.50', '1999-12-31', '13:14:15.000001',
             '23:59:59+05:30', '2026-02-28 23:59:59.999999', '2026-02-28 23:59:59.999999+05',
             '1 year 2 mons 3 days 04:05:06.7', '01234567-89ab-cdef-0123-456789abcdef', '\\x00ff10',
             'ab', 'cd', '{"a" : 1}', '{"a": [1, null]}', '<a>1</a>', '10.0.0.1/8',
             '08:00:2b:01:02:03', '10101', '101', '(1.5,-2)', '[1,5)', '{1,NULL,3}',
             '{a,"b,c",NULL}', '{1.10,2}', '{2026-01-01 00:00:00+00}', 'a:1 b', 'odd'),
            (2, NULL, NULL, NULL, 1.1, 0.1, 0, 'NaN', NULL, 'infinity', '24:00', NULL, '-infinity',
             'infinity', '-1 mons', NULL, '', '', '', 'null', 'null', NULL, NULL, NULL, NULL, NULL,
             NULL, 'empty', '{}', '{}', NULL, NULL, NULL, NULL)""");
      eventually("the rows", () -> capture.ids("t").size() == 2);
      request(capture, "resync_types", Signal.RESYNC, "types", null);
      awaitEnd(capture, "types", Phase.DONE);
      Map<String, List<Entry>> byOp =
          capture.log("t").stream().filter(Entry::isRow).collect(Collectors.groupingBy(Entry::op));
      assertThat(byOp.get("r")).hasSize(2);
      for (int i = 0; i < 2; i++) {
        Entry streamed = byOp.get("c").get(i);
        Entry again = byOp.get("r").get(i);
        assertThat(again.after().toPrettyString()).isEqualTo(streamed.after().toPrettyString());
        assertThat(again.key()).isEqualTo(streamed.key());
        assertThat(again.schema()).isEqualTo(streamed.schema());
        assertThat(again.json().get("source").get("table").textValue()).isEqualTo("t");
        assertThat(SinkModel.version(again)).isGreaterThan(SinkModel.version(streamed));
      }
    }
  }

  /** The reading would show its row as it was before, and the stream has brought it already. */
  @Test
  void aReadingWaitsForWhatTheStreamHasPassed() throws Exception {
    unseenCommit("resync_unseen", capture -> {});
  }

  /** Capture knows nothing of what it streamed before it was started. */
  @Test
  void aReadingWaitsForWhatWasStreamedBeforeTheStart() throws Exception {
    unseenCommit(
        "resync_horizon",
        capture -> {
          long written = Capture.currentLsn();
          eventually(
              "the position passes it", () -> capture.lastState().position().lsn() > written);
          capture.restart();
          capture.sql("INSERT INTO @.t VALUES (6, 'behind')");
          eventually("capture goes on", () -> capture.ids("t").contains(6L));
        });
  }

  @SuppressWarnings("try") // It is there for as long as it is open.
  private static void unseenCommit(String schema, Consumer<Capture> between) throws Exception {
    UnseenCommit.allowOthers();
    try (Capture capture = new Capture(schema).table("t", "id int PRIMARY KEY, v text")) {
      capture.sql("INSERT INTO @.t SELECT i, 'old' FROM generate_series(1, 5) i");
      capture.with("positionInterval", 50).start().streaming();
      try (UnseenCommit unseen =
          new UnseenCommit("UPDATE %s.t SET v = v || '+' WHERE id = 3".formatted(schema))) {
        eventually(
            "it is streamed",
            () ->
                capture.log("t").stream()
                    .filter(Entry::isRow)
                    .reduce((earlier, later) -> later)
                    .filter(last -> last.op().equals("u"))
                    .map(last -> last.after().get("v").textValue())
                    .filter(v -> !v.equals(shown(schema)))
                    .isPresent());
        between.accept(capture);
        request(capture, schema, Signal.RESYNC, "unseen", null);
        eventually(
            "the reading waits, or has not waited",
            () ->
                job(capture, "unseen").filter(j -> j.isEnded() || j.message() != null).isPresent());
      }
      awaitEnd(capture, "unseen", Phase.DONE);
      awaitLast(capture);
      assertLogIsLikeSource(capture, schema + ".t");
    }
  }

  private static String shown(String schema) {
    return Source.single("SELECT v FROM %s.t WHERE id = 3".formatted(schema));
  }

  private static void awaitLast(Capture capture) {
    capture.sql("INSERT INTO @.t (id) VALUES (1000000)");
    eventually("the last row", () -> capture.ids("t").contains(1_000_000L));
  }

  private static void assertLogIsLikeSource(Capture capture, String table) throws Exception {
    for (boolean byVersion : new boolean[] {true, false}) {
      SinkModel sink = new SinkModel(byVersion);
      capture.log("t").forEach(sink::apply);
      assertThat(sink.rows()).as("by version: %s", byVersion).isEqualTo(source(table));
    }
  }

  /** Nothing of it is in the stream, as long as no row of the table changes. */
  @Test
  void aTableThatIsAlteredBehindAReadingIsReadAgain() throws Exception {
    String waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    try (Capture capture = new Capture("resync_behind").table("t", "id int PRIMARY KEY");
        Connection holder = Source.open();
        Statement hold = holder.createStatement()) {
      capture.sql(
          "INSERT INTO @.t SELECT generate_series(1, 50)",
          "CREATE FUNCTION @.wait() RETURNS trigger LANGUAGE plpgsql AS"
              + " 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END'",
          "CREATE TRIGGER wait BEFORE INSERT ON @.signal FOR EACH ROW WHEN (NEW.kind = 'mark')"
              + " EXECUTE FUNCTION @.wait()");
      capture.with("positionInterval", 50).start().streaming();
      hold.execute("SELECT pg_advisory_lock(1)");
      request(capture, "resync_behind", Signal.RESYNC, "altered", null);
      eventually("the first mark waits", () -> !Source.query(waits).isEmpty());
      // Whoever waits gets it first.
      hold.execute("SELECT pg_advisory_unlock(1)");
      hold.execute("SELECT pg_advisory_lock(1)");
      eventually("the mark behind the chunk waits", () -> !Source.query(waits).isEmpty());
      capture.sql("ALTER TABLE @.t ADD COLUMN b int DEFAULT 7");
      hold.execute("SELECT pg_advisory_unlock(1)");
      awaitEnd(capture, "altered", Phase.DONE);
      assertLogIsLikeSource(capture, "resync_behind.t");
    }
  }

  @Test
  void aResyncCanBeCancelled() {
    try (Capture capture = new Capture("resync_cancel").table("t", "id int PRIMARY KEY")) {
      capture.sql("INSERT INTO @.t SELECT generate_series(1, 3000)");
      capture.with("resyncChunkRows", 2).with("positionInterval", 50).start().streaming();
      request(capture, "resync_cancel", Signal.RESYNC, "long", null);
      eventually("it reads", () -> job(capture, "long").filter(j -> j.rows() > 0).isPresent());
      request(capture, "resync_cancel", Signal.CANCEL, "stop", null);
      awaitEnd(capture, "long", Phase.CANCELLED);
      assertThat(capture.log("t")).noneMatch(e -> e.headers().containsKey("walcdc.fence"));
    }
  }
}
