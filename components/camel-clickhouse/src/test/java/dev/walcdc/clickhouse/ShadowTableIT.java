package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.COMMITTED_AT;
import static dev.walcdc.clickhouse.Changes.EPOCH;
import static dev.walcdc.clickhouse.Changes.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.clickhouse.client.api.DataStreamWriter;
import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.change.WideColumns;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.schema.TableSchema.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables that cannot follow their source are made anew while the old one is read. */
class ShadowTableIT {

  private static final long SEED = 20_261_123;
  private static final String OLD = "1\t10\n2\t20\n4\t40";
  private static final String NEW = "1\tten\n2\ttwo\n5\tfive\n6\tsix";

  private static TestServer server;

  private String schema;
  private TableSchema numbers;
  private TableSchema texts;
  private ChangeSink sink;

  @BeforeAll
  static void connect() {
    server = new TestServer();
  }

  @AfterAll
  static void disconnect() {
    server.close();
  }

  @BeforeEach
  void begin() {
    schema = TestServer.newSchema();
    numbers = definition(1, 0, List.of("id"), "id int4 1", "n int4 2");
    texts = definition(2, 100, List.of("id"), "id int4 1", "n text 2");
    sink = server.newSink();
  }

  private TableSchema definition(long sequence, long since, List<String> key, String... columns) {
    List<Column> all = new ArrayList<>();
    for (String column : columns) {
      String[] parts = column.split(" ");
      all.add(
          new Column(
              parts[0],
              PostgresType.of(parts[1]),
              !key.contains(parts[0]),
              Integer.parseInt(parts[2])));
    }
    return new TableSchema(
        schema, "t", all, key, EPOCH, sequence, new Origin(since, 1, "f" + sequence, "a"));
  }

  private static RowChange row(int partition, Operation operation, long lsn, Object... row) {
    return RowChange.of(
        new ChangePoint(operation, version(lsn), 0), row, partition, lsn, COMMITTED_AT);
  }

  private static RowChange create(long lsn, Object... row) {
    return row(0, Operation.CREATE, lsn, row);
  }

  private static RowChange read(long lsn, Object... row) {
    return row(0, Operation.READ, lsn, row);
  }

  private static ChangeBatch batch(
      TableSchema schema, int partition, int partitions, Erasure erasure, RowChange... changes) {
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    boolean all = erasure != null && erasure.where().isAll();
    progress.put(
        partition,
        new PartitionProgress(100, changes.length, null, 0, all ? erasure.below() : Version.NONE));
    return new ChangeBatch(
        "t." + schema.qualifiedName(),
        schema,
        erasure == null ? List.of() : List.of(erasure),
        List.of(changes),
        progress,
        partitions);
  }

  private static ChangeBatch batch(TableSchema schema, RowChange... changes) {
    return batch(schema, 0, 1, null, changes);
  }

  /** The end of a resync whose first mark had this LSN. */
  private static ChangeBatch fence(TableSchema schema, long lsn, RowChange... changes) {
    return batch(schema, 0, 1, Erasure.below(version(lsn)), changes);
  }

  private String view() {
    return server.ask("SELECT * FROM `%s`.t_current ORDER BY ALL".formatted(schema));
  }

  /** All but the copy that the view has read, which goes a second later. */
  private String tables() {
    return server.ask(
        "SELECT name FROM system.tables WHERE database = '%s' AND name != 't_walcdc_passing' ORDER BY name"
            .formatted(schema));
  }

  /** A table of numbers whose numbers become words; row 4 is gone before it is read again. */
  private List<ChangeBatch> numbersBecomeTexts() {
    return List.of(
        batch(numbers, create(10, 1, 10), create(11, 2, 2), create(12, 3, 30)),
        batch(numbers, row(0, Operation.UPDATE, 20, 2, 20), row(0, Operation.DELETE, 21, 3, null)),
        batch(numbers, create(30, 4, 40)),
        batch(texts, create(100, 5, "five"), row(0, Operation.UPDATE, 101, 2, "twenty")),
        batch(texts, row(0, Operation.DELETE, 105, 4, null)),
        batch(texts, read(120, 1, "ten"), read(120, 2, "twenty"), read(120, 5, "five")),
        batch(texts, row(0, Operation.UPDATE, 130, 2, "two")),
        fence(texts, 110, create(140, 6, "six")));
  }

  @Test
  void readersKeepTheOldTableUntilTheNewOneIsWhole() {
    List<ChangeBatch> log = numbersBecomeTexts();
    log.subList(0, 7).forEach(sink::apply);
    assertThat(view()).isEqualTo(OLD);
    assertThat(server.ask("SELECT count() FROM `%s`.t FINAL".formatted(schema))).isEqualTo("3");
    assertThat(tables()).isEqualTo("t\nt_current\nt_walcdc_shadow");
    sink.apply(log.get(7));
    assertThat(view()).isEqualTo(NEW);
    assertThat(server.ask("SELECT count() FROM `%s`.t FINAL".formatted(schema))).isEqualTo("4");
    assertThat(tables()).isEqualTo("t\nt_current");
    sink.apply(batch(texts, create(150, 7, "seven")));
    assertThat(view()).isEqualTo(NEW + "\n7\tseven");
    await()
        .untilAsserted(
            () -> {
              sink.apply(batch(texts, create(150, 7, "seven")));
              assertThat(server.ask("EXISTS `%s`.t_walcdc_passing".formatted(schema)))
                  .isEqualTo("0");
            });
  }

  /** One sink that dies when it sends its statement number so and so, or before it hears of it. */
  private static ChangeSink dyingAt(int statement, boolean answerLost, int[] sent) {
    ClickHouseServer dying =
        new ClickHouseServer(server.client(), "test") {
          @Override
          public void execute(String sql, Map<String, String> settings) {
            boolean last = sent[0]++ == statement;
            if (!last || answerLost) {
              super.execute(sql, settings);
            }
            if (last) {
              throw new ClickHouseException("died at " + sql);
            }
          }

          @Override
          public void insert(TableName table, List<String> columns, DataStreamWriter rows) {
            boolean last = sent[0]++ == statement;
            if (!last || answerLost) {
              super.insert(table, columns, rows);
            }
            if (last) {
              throw new ClickHouseException("died at an insert into " + table);
            }
          }
        };
    return new ChangeSink(dying, "*", 1_000, WideColumns.NONE, new AppliedPositions(dying));
  }

  @Test
  void aDeathAtAnyStatementLosesNothing() {
    for (boolean answerLost : new boolean[] {false, true}) {
      boolean died = true;
      for (int statement = 0; died; statement++) {
        begin();
        List<ChangeBatch> log = numbersBecomeTexts();
        died = false;
        ChangeSink dying = dyingAt(statement, answerLost, new int[1]);
        int next = 0;
        String where = "";
        try {
          for (; next < log.size(); next++) {
            dying.apply(log.get(next));
          }
        } catch (ClickHouseException e) {
          died = true;
          where = "%s, answer lost: %b".formatted(e.getMessage(), answerLost);
          if (next > 2) {
            assertThat(view()).as(where).isIn(OLD, NEW);
          }
        }
        // The next process: from the batch that failed, or from the very beginning.
        ChangeSink after = server.newSink();
        for (int i = statement % 2 == 0 ? 0 : Math.min(next, log.size()); i < log.size(); i++) {
          after.apply(log.get(i));
          if (i > 2) {
            assertThat(view()).as(where).isIn(OLD, NEW);
          }
        }
        assertThat(view()).as(where).isEqualTo(NEW);
        assertThat(tables()).as(where).isEqualTo("t\nt_current");
      }
    }
  }

  @Test
  void anyCutAnyReplay() {
    Random random = new Random(SEED);
    System.out.println("Seed " + SEED);
    for (int round = 0; round < 6; round++) {
      begin();
      List<ChangeBatch> log = numbersBecomeTexts();
      int position = 0;
      int farthest = 0;
      while (position < log.size()) {
        sink.apply(log.get(position));
        position++;
        farthest = Math.max(farthest, position);
        if (farthest > 3) {
          assertThat(view()).isIn(OLD, NEW);
        }
        if (farthest == log.size()) {
          assertThat(view()).isEqualTo(NEW);
        }
        if (random.nextInt(3) == 0) {
          sink = server.newSink();
          position -= random.nextInt(position + 1);
        }
      }
      assertThat(view()).isEqualTo(NEW);
      assertThat(tables()).isEqualTo("t\nt_current");
    }
  }

  @Test
  void readersNeverSeeAMixture() throws Exception {
    ExecutorService readers = Executors.newSingleThreadExecutor();
    try {
      for (int round = 0; round < 5; round++) {
        begin();
        List<ChangeBatch> log = numbersBecomeTexts();
        log.subList(0, 3).forEach(sink::apply);
        AtomicBoolean reading = new AtomicBoolean(true);
        Future<Integer> reader =
            readers.submit(
                () -> {
                  int looks = 0;
                  while (reading.get()) {
                    assertThat(view()).isIn(OLD, NEW);
                    looks++;
                  }
                  return looks;
                });
        log.subList(3, log.size()).forEach(sink::apply);
        reading.set(false);
        assertThat(reader.get()).isPositive();
        assertThat(view()).isEqualTo(NEW);
      }
    } finally {
      readers.shutdownNow();
    }
  }

  @Test
  void everyPartitionHasToBringTheFence() {
    sink.apply(batch(numbers, 0, 2, null, create(10, 1, 10)));
    sink.apply(batch(numbers, 1, 2, null, row(1, Operation.CREATE, 11, 2, 20)));
    sink.apply(batch(texts, 0, 2, null, create(100, 3, "three")));
    Erasure fence = Erasure.below(version(110));
    sink.apply(batch(texts, 0, 2, fence, read(120, 1, "ten"), read(120, 3, "three")));
    // The other partition is behind: it still brings numbers, and readers see them.
    sink.apply(batch(numbers, 1, 2, null, row(1, Operation.UPDATE, 50, 2, 22)));
    assertThat(view()).isEqualTo("1\t10\n2\t22");
    sink = server.newSink();
    sink.apply(batch(texts, 0, 2, null, create(150, 4, "four")));
    sink.apply(batch(texts, 1, 2, null, row(1, Operation.READ, 120, 2, "two")));
    assertThat(view()).isEqualTo("1\t10\n2\t22");
    sink.apply(batch(texts, 1, 2, fence));
    assertThat(view()).isEqualTo("1\tten\n2\ttwo\n3\tthree\n4\tfour");
  }

  /** What a resync read before is under the old definition, and not in the new table. */
  @Test
  void theFenceOfAReadingFromBeforeDoesNotCount() {
    sink.apply(batch(numbers, create(10, 1, 10), create(11, 2, 20)));
    sink.apply(batch(numbers, read(95, 1, 10)));
    sink.apply(batch(texts, create(100, 3, "three")));
    sink.apply(fence(texts, 90, read(105, 2, "two")));
    assertThat(view()).isEqualTo("1\t10\n2\t20");
    sink.apply(fence(texts, 110, read(120, 1, "one"), read(120, 2, "two"), read(120, 3, "three")));
    assertThat(view()).isEqualTo("1\tone\n2\ttwo\n3\tthree");
  }

  @Test
  void theFenceOfAFewRowsDoesNotCount() {
    sink.apply(batch(numbers, create(10, 1, 10)));
    Erasure few = new Erasure(version(110), KeyCondition.parse("id > 5"));
    sink.apply(batch(texts, 0, 1, few, read(120, 6, "six")));
    assertThat(view()).isEqualTo("1\t10");
  }

  @Test
  void aSecondChangeBeginsTheShadowAnew() {
    TableSchema bytes = definition(3, 200, List.of("id"), "id int4 1", "n bool 2");
    sink.apply(batch(numbers, create(10, 1, 10), create(11, 2, 20)));
    sink.apply(batch(texts, read(120, 1, "ten"), create(121, 3, "three")));
    sink.apply(batch(bytes, create(200, 4, true)));
    sink = server.newSink();
    // The first resync ends under the second definition, and what it read is in no table.
    sink.apply(fence(bytes, 110, read(205, 2, true)));
    sink.apply(batch(texts, 0, 1, Erasure.below(version(110)), create(122, 9, "late")));
    assertThat(view()).isEqualTo("1\t10\n2\t20");
    sink.apply(fence(bytes, 210, read(220, 1, true), read(220, 2, false), read(220, 4, false)));
    assertThat(view()).isEqualTo("1\ttrue\n2\tfalse\n4\tfalse");
    sink.apply(batch(texts, create(123, 9, "later")));
    assertThat(view()).isEqualTo("1\ttrue\n2\tfalse\n4\tfalse");
    assertThat(tables()).isEqualTo("t\nt_current");
  }

  /**
   * The second definition is one that the old table could follow, but it missed what was between.
   */
  @Test
  void thereAndBackAgainIsMadeAnewAsWell() {
    TableSchema back = definition(3, 200, List.of("id"), "id int4 1", "n int4 2");
    sink.apply(batch(numbers, create(10, 1, 10), create(11, 2, 20)));
    sink.apply(batch(texts, row(0, Operation.DELETE, 120, 2, null)));
    sink.apply(batch(back, create(200, 3, 30)));
    sink.apply(batch(numbers, row(0, Operation.UPDATE, 50, 1, 11)));
    assertThat(view()).isEqualTo("1\t11\n2\t20");
    sink.apply(fence(back, 210, read(220, 1, 11), read(220, 3, 30)));
    assertThat(view()).isEqualTo("1\t11\n3\t30");
    sink.apply(batch(numbers, create(11, 2, 20)));
    assertThat(view()).isEqualTo("1\t11\n3\t30");
  }

  /** Another partition brings what was written under a definition that had a shadow of its own. */
  @Test
  void whatAnEarlierShadowTookIsNotOfTheOldTable() {
    TableSchema back = definition(3, 200, List.of("id"), "id int4 1", "n int4 2");
    TableSchema again = definition(4, 300, List.of("id"), "id int4 1", "n text 2");
    sink.apply(batch(numbers, create(10, 1, 10)));
    sink.apply(batch(texts, create(120, 2, "two")));
    sink.apply(batch(back, create(200, 3, 30)));
    sink.apply(batch(again, create(300, 4, "four")));
    sink.apply(batch(back, 0, 1, Erasure.below(version(210)), create(201, 5, 50)));
    assertThat(view()).isEqualTo("1\t10");
  }

  @Test
  void theShadowFollowsInPlaceWhatItCan() {
    TableSchema more = definition(3, 150, List.of("id"), "id int4 1", "n text 2", "m int4 3");
    sink.apply(batch(numbers, create(10, 1, 10)));
    sink.apply(batch(texts, create(100, 2, "two")));
    sink.apply(batch(more, create(150, 3, "three", 3)));
    sink.apply(fence(more, 110, read(160, 1, "ten", null), read(160, 2, "two", null)));
    assertThat(view()).isEqualTo("1\tten\t\\N\n2\ttwo\t\\N\n3\tthree\t3");
  }

  @Test
  void aTruncateMakesTheShadowWhole() {
    sink.apply(batch(numbers, create(10, 1, 10)));
    sink.apply(batch(texts, create(100, 2, "two")));
    assertThat(view()).isEqualTo("1\t10");
    sink.apply(fence(texts, 130, create(131, 3, "three")));
    assertThat(view()).isEqualTo("3\tthree");
    sink.apply(fence(texts, 110));
    assertThat(view()).isEqualTo("3\tthree");
  }

  @Test
  void anUpdateWhoseRowIsYetToComeIsLeftOut() {
    sink.apply(batch(numbers, create(10, 1, 10)));
    sink.apply(
        batch(
            definition(2, 100, List.of("id"), "id int4 1", "n text 2", "big text 3"),
            row(0, Operation.UPDATE, 101, 1, "ten", Unchanged.TOAST)));
    TableSchema wide = definition(2, 100, List.of("id"), "id int4 1", "n text 2", "big text 3");
    assertThatThrownBy(
            () ->
                sink.apply(batch(wide, row(0, Operation.CREATE, 102, 2, "moved", Unchanged.TOAST))))
        .hasMessageContaining("no such row is in ClickHouse");
    sink.apply(batch(wide, read(120, 1, "ten", "long")));
    sink.apply(batch(wide, row(0, Operation.UPDATE, 130, 1, "eleven", Unchanged.TOAST)));
    sink.apply(fence(wide, 110));
    assertThat(view()).isEqualTo("1\televen\tlong");
    assertThatThrownBy(
            () -> sink.apply(batch(wide, row(0, Operation.UPDATE, 140, 9, "x", Unchanged.TOAST))))
        .hasMessageContaining("no such row is in ClickHouse");
  }

  @Test
  void lettersOfTheOldTableAreReplayedThereOrNotAtAll() {
    List<ChangeBatch> log = numbersBecomeTexts();
    log.subList(0, 4).forEach(sink::apply);
    ChangeBatch letter =
        new ChangeBatch(
            log.get(0).topic(), numbers, List.of(), List.of(create(31, 8, 80)), new TreeMap<>());
    sink.apply(letter);
    assertThat(view()).isEqualTo(OLD + "\n8\t80");
    log.subList(4, 8).forEach(sink::apply);
    sink.apply(letter);
    assertThat(view()).isEqualTo(NEW);
  }

  @Test
  void aNewEpochsSnapshotFillsTheShadow() {
    TableSchema next =
        new TableSchema(
            schema, "t", texts.columns(), texts.key(), 2, 2, new Origin(0, 1, "f", "a"));
    sink.apply(batch(numbers, create(1_000, 1, 10), create(1_001, 2, 20)));
    RowChange snapshot =
        RowChange.of(
            new ChangePoint(Operation.READ, Version.ofSnapshot(2), 0),
            new Object[] {1, "one"},
            0,
            5,
            COMMITTED_AT);
    sink.apply(batch(next, snapshot));
    assertThat(view()).isEqualTo("1\t10\n2\t20");
    sink.apply(batch(next, 0, 1, Erasure.below(Version.ofSnapshot(2))));
    assertThat(view()).isEqualTo("1\tone");
  }

  @Test
  void keysChange() {
    TableSchema renamed = definition(2, 100, List.of("key"), "key int4 1", "n int4 2");
    sink.apply(batch(numbers, create(10, 1, 10)));
    sink.apply(batch(renamed, create(100, 2, 20)));
    sink.apply(batch(numbers, row(0, Operation.UPDATE, 50, 1, 11)));
    assertThat(view()).isEqualTo("1\t11");
    sink.apply(fence(renamed, 110, read(120, 1, 11), read(120, 2, 20)));
    assertThat(view()).isEqualTo("1\t11\n2\t20");
    TableSchema other = definition(3, 200, List.of("n"), "key int4 1", "n int4 2");
    sink.apply(fence(other, 210, read(220, 7, 11), read(220, 7, 20)));
    assertThat(view()).isEqualTo("7\t11\n7\t20");
    TableSchema wider = definition(4, 300, List.of("n"), "key int4 1", "n int8 2");
    sink.apply(fence(wider, 310, read(320, 7, Long.MAX_VALUE)));
    assertThat(view()).isEqualTo("7\t" + Long.MAX_VALUE);
    TableSchema none = definition(5, 400, List.of(), "key int4 1", "n int8 2");
    sink.apply(fence(none, 410, read(420, 7, 1L), read(421, 7, 1L)));
    assertThat(view()).isEqualTo("7\t1\n7\t1");
  }

  /** Between the two that a partition brought was one that only another partition brings. */
  @Test
  void whatComesFromBetweenHasNoEffect() {
    TableSchema back = definition(3, 200, List.of("id"), "id int4 1", "n int4 2");
    sink.apply(batch(numbers, 0, 2, null, create(10, 1, 10)));
    sink.apply(batch(back, 0, 2, null, create(200, 2, 20)));
    sink.apply(batch(texts, 1, 2, null, row(1, Operation.CREATE, 150, 3, "three")));
    assertThat(view()).isEqualTo("1\t10\n2\t20");
  }

  @Test
  void whereNobodySaysSinceWhenTheTableStops() {
    sink.apply(batch(numbers, create(10, 1, 10)));
    TableSchema unknown =
        new TableSchema(schema, "t", texts.columns(), texts.key(), EPOCH, 2, null);
    assertThatThrownBy(() -> sink.apply(batch(unknown, create(100, 2, "two"))))
        .isInstanceOf(SchemaRefusedException.class)
        .hasMessageContaining("changed from int4 to text");
  }

  @Test
  void theSourceCannotHaveATableOfTheShadowsName() {
    for (String name : List.of("t_walcdc_shadow", "t_walcdc_passing")) {
      TableSchema taken =
          new TableSchema(schema, name, numbers.columns(), numbers.key(), EPOCH, 1, null);
      assertThatThrownBy(() -> sink.apply(batch(taken, create(10, 1, 10))))
          .isInstanceOf(SchemaRefusedException.class)
          .hasMessageContaining("Rename it at the source");
    }
  }
}
