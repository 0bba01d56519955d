package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.change;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.schema.TableSchema.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.Test;

/** Tables that cannot follow their source are made anew while the old one is read. */
class ShadowTableTest {

  private static final long SEED = 20_261_123;
  private static final TableIdentifier SHADOW = TableIdentifier.of("app", "users_walcdc_shadow");

  static final List<String> OLD = List.of("{id=1, n=10}", "{id=2, n=20}", "{id=4, n=40}");
  static final List<String> NEW =
      List.of("{id=1, n=ten}", "{id=2, n=two}", "{id=5, n=five}", "{id=6, n=six}");

  private static final TableSchema NUMBERS = definition(1, 0, List.of("id"), "id int8", "n int4");
  private static final TableSchema TEXTS = definition(2, 100, List.of("id"), "id int8", "n text");

  private TestLake lake = TestLake.inMemory();
  private TopicSink sink = lake.topic(TOPIC);

  private static TableSchema definition(
      long sequence, long since, List<String> key, String... columns) {
    List<Column> all = new ArrayList<>();
    for (String column : columns) {
      int blank = column.indexOf(' ');
      all.add(
          Changes.column(column.substring(0, blank), column.substring(blank + 1), all.size() + 1));
    }
    return new TableSchema(
        "app", "users", all, key, 1, sequence, new Origin(since, 1, "f" + sequence, "a"));
  }

  private static RowChange create(long lsn, Object... row) {
    return change(Operation.CREATE, 1, lsn, row);
  }

  private static RowChange update(long lsn, Object... row) {
    return change(Operation.UPDATE, 1, lsn, row);
  }

  private static RowChange delete(long lsn, Object... row) {
    return change(Operation.DELETE, 1, lsn, row);
  }

  /** A row that a resync has read. */
  private static RowChange read(long lsn, Object... row) {
    return RowChange.of(new ChangePoint(Operation.READ, version(lsn), 0), row, 0, lsn, lsn * 1_000);
  }

  private static Version version(long lsn) {
    return Version.of(1, lsn - 1, lsn);
  }

  private static ChangeBatch batch(
      TableSchema schema,
      int partition,
      int partitions,
      long next,
      Erasure erasure,
      RowChange... changes) {
    ChangePoint last = null;
    List<RowChange> moved = new ArrayList<>();
    for (RowChange each : changes) {
      last = last == null || last.compareTo(each.point()) < 0 ? each.point() : last;
      moved.add(new RowChange(each.point(), each.since(), each.row(), partition, each.offset(), 0));
    }
    Version below = erasure != null && erasure.where().isAll() ? erasure.below() : Version.NONE;
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    progress.put(partition, new PartitionProgress(next, 1, last, 0, below));
    return new ChangeBatch(
        TOPIC, schema, erasure == null ? List.of() : List.of(erasure), moved, progress, partitions);
  }

  private static ChangeBatch batch(TableSchema schema, long next, RowChange... changes) {
    return batch(schema, 0, 1, next, null, changes);
  }

  private static ChangeBatch fence(TableSchema schema, long next, long lsn, RowChange... changes) {
    return batch(schema, 0, 1, next, Erasure.below(version(lsn)), changes);
  }

  /** Each batch is one record; row 4 is gone before it is read again. */
  static List<ChangeBatch> numbersBecomeTexts() {
    return List.of(
        batch(NUMBERS, 1, create(10, 1L, 10), create(11, 2L, 2), create(12, 3L, 30)),
        batch(NUMBERS, 2, update(20, 2L, 20), delete(21, 3L, null)),
        batch(NUMBERS, 3, create(30, 4L, 40)),
        batch(TEXTS, 4, create(100, 5L, "five"), update(101, 2L, "twenty")),
        batch(TEXTS, 5, delete(105, 4L, null)),
        batch(TEXTS, 6, read(120, 1L, "ten"), read(120, 2L, "twenty"), read(120, 5L, "five")),
        batch(TEXTS, 7, update(130, 2L, "two")),
        fence(TEXTS, 8, 110, create(140, 6L, "six")),
        batch(TEXTS, 9, update(150, 6L, "six")));
  }

  private List<String> rows() {
    return lake.rows(USERS);
  }

  @Test
  void readersKeepTheOldTableUntilTheNewOneIsWhole() {
    List<ChangeBatch> log = numbersBecomeTexts();
    log.subList(0, 7).forEach(sink::apply);
    assertThat(rows()).isEqualTo(OLD);
    assertThat(lake.catalog.tableExists(SHADOW)).isTrue();
    long before = lake.snapshot(USERS).snapshotId();
    sink.apply(log.get(7));
    assertThat(rows()).isEqualTo(NEW);
    assertThat(lake.catalog.tableExists(SHADOW)).isFalse();
    assertThat(lake.summary(USERS, Positions.NEXT_OFFSETS)).isEqualTo("{\"0\":8}");
    sink.apply(batch(TEXTS, 10, create(160, 7L, "seven"), delete(161, 1L, null)));
    assertThat(rows())
        .containsExactly("{id=2, n=two}", "{id=5, n=five}", "{id=6, n=six}", "{id=7, n=seven}");
    // The old rows are in the past of the same table.
    assertThat(lake.table(USERS).snapshot(before)).isNotNull();
    assertThat(lake.snapshot(USERS).parentId()).isNotNull();
    // Its past rows are still to be read, under the columns that they had.
    org.apache.iceberg.Table table = lake.table(USERS);
    assertThat(table.schemas().get(table.snapshot(before).schemaId()).findType("n"))
        .isEqualTo(org.apache.iceberg.types.Types.IntegerType.get());
  }

  /** Goes on where the sink says, until all is applied or the process dies. */
  private void run(List<ChangeBatch> log, String where) {
    int from = sink.takeOver().getOrDefault(0, 0L).intValue();
    sink.commitPosition(Duration.ZERO); // As if the log had nothing for a while.
    assertOldOrNew(from, where);
    for (ChangeBatch each : log.subList(from, log.size())) {
      sink.apply(each);
      assertOldOrNew(each.progress().get(0).nextOffset(), where);
    }
  }

  private void assertOldOrNew(long next, String where) {
    if (next > 2) {
      assertThat(rows()).as(where).isIn(OLD, NEW);
    }
  }

  /** No code that is tried again catches it. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aDeathAtAnyCommitLosesNothing() {
    for (boolean arrives : new boolean[] {false, true}) {
      boolean died = true;
      for (int commit = 0; died; commit++) {
        lake = TestLake.inMemory();
        sink = lake.topic(TOPIC);
        List<ChangeBatch> log = numbersBecomeTexts();
        int last = commit;
        int[] commits = {0};
        boolean[] dead = {false};
        lake.fault =
            (catalog, base, metadata) -> {
              dead[0] |= commits[0]++ == last;
              if (!dead[0] || (arrives && commits[0] == last + 1)) {
                catalog.commit(base, metadata);
              }
              if (dead[0]) {
                throw new Death();
              }
            };
        lake.beforeRefresh =
            () -> {
              if (dead[0]) {
                throw new Death();
              }
            };
        String where = "commit %d, arrives: %b".formatted(commit, arrives);
        try {
          run(log, where);
          died = false;
        } catch (Death e) {
          assertThat(dead[0]).as(where).isTrue();
        }
        lake.fault = Fault.NONE;
        lake.beforeRefresh = () -> {};
        sink = lake.topic(TOPIC);
        run(log, where);
        assertThat(rows()).as(where).isEqualTo(NEW);
        assertThat(lake.catalog.tableExists(SHADOW)).as(where).isFalse();
      }
    }
  }

  @Test
  void aDeathBetweenTheExchangeAndItsEndLeavesTheRows() {
    List<ChangeBatch> log = numbersBecomeTexts();
    log.subList(0, 7).forEach(sink::apply);
    // A second name for the shadow's files, as if it had not been dropped.
    org.apache.iceberg.Table shadow = lake.table(SHADOW);
    sink.apply(log.get(7));
    String metadata =
        ((org.apache.iceberg.HasTableOperations) shadow)
            .operations()
            .current()
            .metadataFileLocation();
    lake.catalog.registerTable(SHADOW, metadata);
    sink = lake.topic(TOPIC);
    assertThat(sink.takeOver()).isEqualTo(Map.of(0, 8L));
    assertThat(lake.catalog.tableExists(SHADOW)).isFalse();
    assertThat(rows()).isEqualTo(NEW);
  }

  @Test
  void anyCutAnyReplay() {
    Random random = new Random(SEED);
    System.out.println("Seed " + SEED);
    for (int round = 0; round < 8; round++) {
      lake = TestLake.inMemory();
      sink = lake.topic(TOPIC);
      List<ChangeBatch> log = numbersBecomeTexts();
      int next = 0;
      int farthest = 0;
      while (next < log.size()) {
        sink.apply(log.get(next++));
        farthest = Math.max(farthest, next);
        if (farthest > 2) {
          assertThat(rows()).isIn(OLD, NEW);
        }
        if (random.nextInt(3) == 0) {
          sink = lake.topic(TOPIC);
          int stored = sink.takeOver().getOrDefault(0, 0L).intValue();
          assertThat(stored).isEqualTo(farthest);
          // Capture may write again what it had written.
          next = random.nextBoolean() ? stored : random.nextInt(stored + 1);
        }
      }
      assertThat(rows()).isEqualTo(NEW);
    }
  }

  @Test
  void everyPartitionHasToBringTheFence() {
    Erasure fence = Erasure.below(version(110));
    sink.apply(batch(NUMBERS, 0, 2, 1, null, create(10, 1L, 10)));
    sink.apply(batch(NUMBERS, 1, 2, 1, null, create(11, 2L, 20)));
    sink.apply(batch(TEXTS, 0, 2, 2, null, create(100, 3L, "three")));
    sink.apply(batch(TEXTS, 0, 2, 3, fence, read(120, 1L, "ten"), read(120, 3L, "three")));
    sink.apply(batch(NUMBERS, 1, 2, 2, null, update(50, 2L, 22)));
    assertThat(rows()).containsExactly("{id=1, n=10}", "{id=2, n=22}");
    sink = lake.topic(TOPIC);
    assertThat(sink.takeOver()).isEqualTo(Map.of(0, 3L, 1, 2L));
    sink.apply(batch(TEXTS, 1, 2, 3, null, read(120, 2L, "two")));
    assertThat(rows()).containsExactly("{id=1, n=10}", "{id=2, n=22}");
    sink.apply(batch(TEXTS, 1, 2, 4, fence));
    assertThat(rows()).containsExactly("{id=1, n=ten}", "{id=2, n=two}", "{id=3, n=three}");
  }

  @Test
  void theFenceOfAReadingFromBeforeDoesNotCount() {
    sink.apply(batch(NUMBERS, 1, create(10, 1L, 10), create(11, 2L, 20)));
    sink.apply(batch(TEXTS, 2, create(100, 3L, "three")));
    sink.apply(fence(TEXTS, 3, 90, read(105, 2L, "two")));
    assertThat(rows()).containsExactly("{id=1, n=10}", "{id=2, n=20}");
  }

  @Test
  void aSecondChangeBeginsTheShadowAnew() {
    TableSchema flags = definition(3, 200, List.of("id"), "id int8", "n bool");
    sink.apply(batch(NUMBERS, 1, create(10, 1L, 10), create(11, 2L, 20)));
    sink.apply(batch(TEXTS, 2, read(120, 1L, "ten"), create(121, 3L, "three")));
    sink.apply(batch(flags, 3, create(200, 4L, true)));
    sink = lake.topic(TOPIC);
    assertThat(sink.takeOver()).isEqualTo(Map.of(0, 3L));
    sink.apply(fence(flags, 4, 110, read(205, 2L, true)));
    sink.apply(batch(TEXTS, 0, 1, 5, Erasure.below(version(110)), create(122, 9L, "late")));
    assertThat(rows()).containsExactly("{id=1, n=10}", "{id=2, n=20}");
    sink.apply(
        fence(flags, 6, 210, read(220, 1L, true), read(220, 2L, false), read(220, 4L, false)));
    assertThat(rows()).containsExactly("{id=1, n=true}", "{id=2, n=false}", "{id=4, n=false}");
    sink.apply(batch(TEXTS, 7, create(123, 9L, "later")));
    sink.apply(batch(NUMBERS, 8, create(11, 2L, 20)));
    assertThat(rows()).containsExactly("{id=1, n=true}", "{id=2, n=false}", "{id=4, n=false}");
  }

  @Test
  void aShadowThatWasGivenUpTakesNoPositionWithIt() {
    TableSchema flags = definition(3, 200, List.of("id"), "id int8", "n bool");
    sink.takeOver();
    sink.apply(batch(NUMBERS, 1, create(10, 1L, 10)));
    sink.apply(batch(TEXTS, 7, read(120, 1L, "ten")));
    lake.fault = Fault.NONE;
    sink.apply(batch(flags, 8, create(200, 4L, true)));
    lake.catalog.dropTable(SHADOW, false);
    sink = lake.topic(TOPIC);
    assertThat(sink.takeOver()).isEqualTo(Map.of(0, 7L));
  }

  @Test
  void anotherKeyAndNone() {
    TableSchema other = definition(2, 100, List.of("n"), "id int8", "n int4");
    TableSchema none = definition(3, 200, List.of(), "id int8", "n int4");
    sink.apply(batch(NUMBERS, 1, create(10, 1L, 10), create(11, 2L, 20)));
    sink.apply(fence(other, 2, 110, read(120, 7L, 10), read(120, 7L, 20)));
    assertThat(rows()).containsExactly("{id=7, n=10}", "{id=7, n=20}");
    sink.apply(batch(other, 3, delete(130, null, 10), update(131, 8L, 20)));
    assertThat(rows()).containsExactly("{id=8, n=20}");
    assertThat(lake.table(USERS).schema().identifierFieldNames()).containsExactly("n");
    sink.apply(fence(none, 4, 210, read(220, 8L, 20), read(221, 8L, 20)));
    assertThat(rows()).containsExactly("{id=8, n=20}", "{id=8, n=20}");
  }

  @Test
  void anUpdateWhoseRowIsYetToComeIsLeftOut() {
    TableSchema wide = definition(2, 100, List.of("id"), "id int8", "n text", "big text");
    sink.apply(batch(NUMBERS, 1, create(10, 1L, 10)));
    sink.apply(batch(wide, 2, update(101, 1L, "ten", Unchanged.TOAST)));
    assertThatThrownBy(() -> sink.apply(batch(wide, 3, create(102, 2L, "moved", Unchanged.TOAST))))
        .isInstanceOf(RefusedChangeException.class);
    sink.apply(batch(wide, 3, read(120, 1L, "ten", "long")));
    sink.apply(batch(wide, 4, update(130, 1L, "eleven", Unchanged.TOAST)));
    sink.apply(fence(wide, 5, 110));
    assertThat(rows()).containsExactly("{big=long, id=1, n=eleven}");
    assertThatThrownBy(() -> sink.apply(batch(wide, 6, update(140, 9L, "x", Unchanged.TOAST))))
        .isInstanceOf(RefusedChangeException.class);
  }

  @Test
  void maintenanceOfTheShadowDoesNotCostThePosition() {
    List<ChangeBatch> log = numbersBecomeTexts();
    log.subList(0, 7).forEach(sink::apply);
    lake.table(SHADOW).newAppend().commit();
    sink.apply(log.get(7));
    assertThat(sink.takeOver()).isEqualTo(Map.of(0, 8L));
    assertThat(rows()).isEqualTo(NEW);
  }

  @Test
  void lettersOfTheOldTableAreReplayedThereOrNotAtAll() {
    ChangeBatch letter =
        new ChangeBatch(TOPIC, NUMBERS, List.of(), List.of(create(31, 8L, 80)), new TreeMap<>());
    List<ChangeBatch> log = numbersBecomeTexts();
    log.subList(0, 4).forEach(sink::apply);
    sink.apply(letter);
    assertThat(rows()).hasSize(4).contains("{id=8, n=80}");
    log.subList(4, 8).forEach(sink::apply);
    sink.apply(letter);
    assertThat(rows()).isEqualTo(NEW);
    sink.commitPosition(Duration.ZERO);
    assertThat(rows()).isEqualTo(NEW);
  }

  @Test
  void whereNobodySaysSinceWhenTheTableStops() {
    sink.apply(batch(NUMBERS, 1, create(10, 1L, 10)));
    TableSchema unknown = new TableSchema("app", "users", TEXTS.columns(), TEXTS.key(), 1, 2, null);
    assertThatThrownBy(() -> sink.apply(batch(unknown, 2, create(100, 2L, "two"))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("Iceberg cannot turn int into string");
  }

  @Test
  void theSourceCannotHaveATableOfTheShadowsName() {
    TableSchema taken =
        new TableSchema("app", "users_walcdc_shadow", NUMBERS.columns(), NUMBERS.key(), 1, 1, null);
    assertThatThrownBy(() -> sink.apply(batch(taken, 1, create(10, 1L, 10))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("Rename it at the source");
  }
}
