package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.delete;
import static dev.walcdc.iceberg.Changes.update;
import static dev.walcdc.iceberg.Changes.users;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.Version;
import dev.walcdc.iceberg.maintain.LakehouseMaintenance;
import dev.walcdc.iceberg.maintain.MaintenancePolicy;
import dev.walcdc.iceberg.maintain.MaintenanceReport;
import dev.walcdc.iceberg.maintain.MaintenanceReport.TableReport;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Maintenance and the sink at work on one table. */
class MaintenanceTest {

  private static final int SEEDS = Integer.getInteger("walcdc.seeds", 3);

  /** A part of the keys is read again, and the row is gone. */
  private static final ChangeBatch NEWEST_ERASED =
      new ChangeBatch(
          TOPIC,
          users(),
          List.of(new Erasure(Version.of(1, 29, 30), KeyCondition.parse("id >= 5"))),
          List.of(),
          new TreeMap<>(Map.of(0, new PartitionProgress(7, 1, null, 0))));

  private final TestLake lake = TestLake.inMemory();
  private final TableSink sink = lake.sink(TOPIC);

  /** Rewrites whatever can be. */
  private static MaintenancePolicy eager(long deletedKeys, int snapshots) {
    return new MaintenancePolicy(
        1 << 20, 2, 1, deletedKeys, Duration.ofMinutes(10), snapshots, Duration.ofDays(3));
  }

  private MaintenanceReport maintain() {
    return maintain(eager(1_000, 100), Duration.ZERO);
  }

  private MaintenanceReport maintain(MaintenancePolicy policy, Duration later) {
    return new LakehouseMaintenance(lake.catalog, policy, Clock.offset(Clock.systemUTC(), later))
        .run(table -> true);
  }

  private static TableReport only(MaintenanceReport report) {
    assertThat(report.tables()).hasSize(1);
    TableReport table = report.tables().get(0);
    assertThat(table.problem()).isNull();
    return table;
  }

  /** Five rows, of which 1 was updated and 2 deleted, in as many commits as changes. */
  private void fill() {
    sink.apply(batch(users(), 1, create(10, 1L, "a")));
    sink.apply(batch(users(), 2, create(11, 2L, "b")));
    sink.apply(batch(users(), 3, create(12, 3L, "c"), create(13, 4L, "d")));
    sink.apply(batch(users(), 4, update(14, 1L, "A")));
    sink.apply(batch(users(), 5, delete(15, 2L, null)));
    sink.apply(batch(users(), 6, create(16, 5L, "e")));
  }

  @Test
  void putsSmallFilesTogetherAndLeavesOutWhatWasDeleted() {
    fill();
    List<String> rows = lake.rows(USERS);

    TableReport report = only(maintain());

    assertThat(lake.rows(USERS)).isEqualTo(rows).hasSize(4);
    assertThat(report.before().dataFiles()).isEqualTo(5);
    assertThat(report.before().deleteFiles()).isEqualTo(2);
    assertThat(report.after().dataFiles()).isEqualTo(2);
    // Delete files that apply to nothing any more go when Iceberg comes by them, not always at
    // once.
    assertThat(lake.liveFiles(USERS)).hasSize(2);
    assertThat(lake.summary(USERS, "total-records")).isEqualTo("4");
    int commits = lake.commits(USERS);
    only(maintain());
    assertThat(lake.commits(USERS)).as("nothing is left to do").isEqualTo(commits);
  }

  static Stream<Arguments> meanwhile() {
    return Stream.of(
        Arguments.of("one deletion", List.of(batch(users(), 7, delete(20, 1L, null)))),
        Arguments.of(
            "deletions and nothing else",
            List.of(
                batch(users(), 7, delete(20, 1L, null)),
                batch(users(), 8, delete(21, 3L, null)),
                batch(users(), 9, delete(22, 5L, null)))),
        Arguments.of(
            "a deletion, then new rows",
            List.of(
                batch(users(), 7, delete(20, 3L, null)), batch(users(), 8, create(21, 9L, "new")))),
        Arguments.of(
            "updates", List.of(batch(users(), 8, update(20, 1L, "x"), update(21, 5L, "y")))),
        Arguments.of(
            "a row that comes back",
            List.of(
                batch(users(), 7, delete(20, 1L, null)),
                batch(users(), 8, create(21, 1L, "again")))),
        Arguments.of(
            "all is erased",
            List.of(batch(users(), 8, Version.of(1, 29, 30), create(31, 9L, "new")))),
        Arguments.of("the newest is erased", List.of(NEWEST_ERASED)),
        Arguments.of(
            "the newest is erased, then deletions",
            List.of(
                NEWEST_ERASED,
                batch(users(), 8, delete(40, 1L, null)),
                batch(users(), 9, delete(41, 3L, null)))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("meanwhile")
  void keepsWhatTheSinkCommitsWhileFilesAreRewritten(String what, List<ChangeBatch> batches) {
    TestLake truth = TestLake.inMemory();
    TableSink undisturbed = truth.sink(TOPIC);
    fill();
    replay(undisturbed);
    batches.forEach(undisturbed::apply);
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              lake.fault = Fault.NONE;
              batches.forEach(sink::apply);
              catalog.commit(base, metadata);
            });

    MaintenanceReport report = maintain();

    assertThat(report.tables()).hasSize(1);
    assertThat(lake.rows(USERS)).isEqualTo(truth.rows(USERS));
    only(maintain());
    assertThat(lake.rows(USERS)).isEqualTo(truth.rows(USERS));
    sink.apply(batch(users(), 10, create(40, 10L, "last")));
    assertThat(lake.rows(USERS)).contains("{id=10, name=last}");
  }

  private static void replay(TableSink other) {
    other.apply(
        batch(
            users(),
            6,
            create(14, 1L, "A"),
            create(12, 3L, "c"),
            create(13, 4L, "d"),
            create(16, 5L, "e")));
  }

  /**
   * Why some files stay as they are, see {@code CompactionPlan}: should this ever fail, all files
   * could be rewritten.
   */
  @Test
  void icebergItselfBringsRowsBackThatAreDeletedMeanwhile() {
    fill();
    Table planned = lake.table(USERS);
    Set<DataFile> old = new HashSet<>();
    try (CloseableIterable<FileScanTask> tasks = planned.newScan().planFiles()) {
      tasks.forEach(task -> old.add(task.file()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Set<String> before = InMemoryFiles.all();
    TestLake copies = TestLake.inMemory();
    replay(copies.sink(TOPIC));
    assertThat(InMemoryFiles.data(before)).hasSize(1);
    DataFile made =
        copies.snapshot(USERS).addedDataFiles(copies.table(USERS).io()).iterator().next();

    sink.apply(batch(users(), 7, delete(20, 1L, null)));
    sink.apply(batch(users(), 8, delete(21, 3L, null)));
    RewriteFiles rewrite = lake.table(USERS).newRewrite();
    old.forEach(rewrite::deleteFile);
    rewrite.addFile(made);
    rewrite.dataSequenceNumber(planned.currentSnapshot().sequenceNumber());
    rewrite.validateFromSnapshot(planned.currentSnapshot().snapshotId());
    rewrite.commit();

    assertThat(lake.rows(USERS))
        .as("row 1 was deleted")
        .contains("{id=1, name=A}")
        .doesNotContain("{id=3, name=c}");
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 1", "true, 3", "false, 3"})
  void givesTheSameRowsForAnyCutAndReplay(boolean keyed, int partitions) {
    for (long seed = 0; seed < SEEDS; seed++) {
      TestLake any = TestLake.inMemory();
      Random faults = new Random(seed);
      AnyCutAnyReplay.check(
          any,
          seed,
          keyed,
          partitions,
          random -> {
            MaintenancePolicy policy = eager(1 + random.nextInt(60), 1 + random.nextInt(5));
            LakehouseMaintenance maintenance =
                new LakehouseMaintenance(
                    any.catalog,
                    policy,
                    Clock.offset(Clock.systemUTC(), Duration.ofHours(random.nextInt(2))));
            int event = random.nextInt(4);
            if (event == 0) {
              maintenance.run(table -> true);
            } else if (event == 1) {
              // The next commit of the sink finds that the table was rewritten meanwhile.
              any.fault =
                  Fault.once(
                      (catalog, base, metadata) -> {
                        any.fault = Fault.NONE;
                        maintenance.run(table -> true);
                        if (faults.nextInt(3) == 0) {
                          throw new CommitFailedException("lost");
                        }
                        catalog.commit(base, metadata);
                      });
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("dev.walcdc.iceberg.LostAnswerTest#answers")
  void recognizesACommitWhoseAnswerWasLost(RuntimeException answer) {
    fill();
    List<String> rows = lake.rows(USERS);
    lake.fault = Fault.once(Fault.commitsAndThrows(answer));
    TableReport report = only(maintain());
    assertThat(report.after().dataFiles()).isEqualTo(2);
    assertThat(lake.rows(USERS)).isEqualTo(rows);

    sink.apply(batch(users(), 7, create(20, 6L, "f")));
    lake.fault = Fault.once(Fault.throwsOnly(answer));
    only(maintain());
    lake.fault = Fault.NONE;
    sink.apply(batch(users(), 8, delete(21, 6L, null)));
    assertThat(lake.rows(USERS)).isEqualTo(rows);
    assertEveryFileIsThere();
  }

  @Test
  void keepsTheFilesOfACommitThatNobodyCanTellOf() {
    fill();
    List<String> rows = lake.rows(USERS);
    Set<String> before = InMemoryFiles.all();
    AtomicBoolean sent = new AtomicBoolean();
    lake.fault =
        (catalog, base, metadata) -> {
          sent.set(true);
          throw new CommitStateUnknownException(new SocketException("gone"));
        };
    Thread maintenance = new Thread(this::maintain);
    maintenance.start();
    await().untilTrue(sent);
    maintenance.interrupt();
    await().until(() -> !maintenance.isAlive());

    assertThat(InMemoryFiles.data(before)).isNotEmpty();
    lake.fault = Fault.NONE;
    assertThat(lake.rows(USERS)).isEqualTo(rows);
    sink.apply(batch(users(), 7, create(20, 6L, "f")));
    assertThat(lake.rows(USERS)).hasSize(5);
  }

  private void assertEveryFileIsThere() {
    Set<String> all = InMemoryFiles.all();
    assertThat(all).containsAll(lake.liveFiles(USERS));
  }

  @Test
  void doesInStretchesWhatWouldNotFitInMemory() {
    int next = 0;
    for (long id = 0; id < 30; id++) {
      sink.apply(batch(users(), ++next, create(100 + next, id, "v" + id)));
      if (id % 2 == 1) {
        sink.apply(batch(users(), ++next, update(100 + next, id - 1, "w" + id)));
      }
    }
    List<String> rows = lake.rows(USERS);

    TableReport report = only(maintain(eager(4, 100), Duration.ZERO));

    assertThat(lake.rows(USERS)).isEqualTo(rows).hasSize(30);
    assertThat(report.after().dataFiles()).isLessThan(5);
    assertThat(report.after().deleteFiles()).isLessThan(5);
  }

  /** A table that rows are only deleted from: no newer data, but deletions without end. */
  @Test
  void rewritesForDeletionsThatFollowTheNewestRows() {
    fill();
    for (long id = 1; id <= 4; id++) {
      sink.apply(batch(users(), 6 + id, delete(20 + id, id, null)));
    }

    only(maintain());

    assertThat(lake.rows(USERS)).containsExactly("{id=5, name=e}");
    assertThat(lake.liveFiles(USERS)).hasSize(1);
    int commits = lake.commits(USERS);
    only(maintain());
    assertThat(lake.commits(USERS)).as("nothing is left to do").isEqualTo(commits);
  }

  @Test
  void saysWhenTheDeletionsOfOneCommitAreTooMany() {
    sink.apply(batch(users(), 3, create(10, 1L, "a"), create(11, 2L, "b"), create(12, 3L, "c")));
    sink.apply(batch(users(), 5, update(13, 1L, "A"), update(14, 2L, "B")));
    sink.apply(batch(users(), 6, create(15, 4L, "d")));

    MaintenanceReport report = maintain(eager(1, 100), Duration.ZERO);

    assertThat(report.isDone()).isFalse();
    assertThat(report.tables().get(0).problem()).contains("app.users", "`maintain.deletedKeys`");
    assertThat(lake.rows(USERS)).hasSize(4);
  }

  @Test
  void thePositionOutlivesTheSnapshots() {
    fill();
    List<String> rows = lake.rows(USERS);

    maintain(eager(1_000, 1), Duration.ofDays(2));

    assertThat(lake.commits(USERS)).isEqualTo(1);
    assertThat(Positions.isIn(lake.snapshot(USERS).summary())).isFalse();
    TableSink successor = lake.sink(TOPIC);
    assertThat(successor.takeOver()).isEqualTo(Map.of(0, 6L));
    successor.apply(batch(users(), 7, update(20, 1L, "once more")));
    assertThat(lake.rows(USERS)).hasSameSizeAs(rows).contains("{id=1, name=once more}");
    assertThatThrownBy(() -> sink.apply(batch(users(), 7, update(20, 1L, "once more"))))
        .isInstanceOf(SecondWriterException.class);
  }

  @Test
  void theSinkGoesOnThoughItsSnapshotHasExpired() {
    fill();
    maintain(eager(1_000, 1), Duration.ofDays(2));

    sink.apply(batch(users(), 7, delete(20, 1L, null)));

    assertThat(lake.rows(USERS)).hasSize(3);
  }

  @Test
  void aTagKeepsItsSnapshotAndTheNewestStay() {
    fill();
    List<String> rows = lake.rows(USERS);
    long tagged = lake.snapshot(USERS).snapshotId();
    lake.table(USERS).manageSnapshots().createTag("month-end", tagged).commit();
    for (int i = 0; i < 5; i++) {
      sink.apply(batch(users(), 7 + i, update(20 + i, 1L, "v" + i)));
    }

    maintain(eager(1_000, 2), Duration.ofDays(2));

    Table table = lake.table(USERS);
    assertThat(table.snapshot(tagged)).isNotNull();
    assertThat(lake.commits(USERS)).isEqualTo(3);
    assertThat(rowsAt(table, tagged)).isEqualTo(rows.size());
  }

  private static int rowsAt(Table table, long snapshot) {
    try (CloseableIterable<Record> records =
        IcebergGenerics.read(table).useSnapshot(snapshot).build()) {
      int rows = 0;
      for (Record ignored : records) {
        rows++;
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void leavesYoungSnapshotsWhatTheyRead() {
    fill();
    long before = lake.snapshot(USERS).snapshotId();
    int rows = lake.rows(USERS).size();
    maintain(eager(1_000, 1), Duration.ZERO);
    assertThat(rowsAt(lake.table(USERS), before)).isEqualTo(rows);
  }

  @Test
  void oneTablesTroubleIsNotTheOthers() {
    TableSchema first = new TableSchema("app", "accounts", users().columns(), List.of("id"), 1, 1);
    TableSink broken = lake.sink("dbserver1.app.accounts");
    broken.apply(batch(first, 1, create(10, 1L, "a")));
    broken.apply(batch(first, 2, create(11, 2L, "b")));
    broken.apply(batch(first, 3, create(12, 3L, "c")));
    TableIdentifier accounts = TableIdentifier.of("app", "accounts");
    lake.liveFiles(accounts).forEach(new InMemoryFileIO()::deleteFile);
    fill();

    MaintenanceReport report = maintain();

    assertThat(report.isDone()).isFalse();
    assertThat(report.tables())
        .extracting(TableReport::table)
        .containsExactly("app.accounts", "app.users");
    assertThat(report.tables().get(1).problem()).isNull();
    assertThat(report.tables().get(1).after().dataFiles()).isEqualTo(2);
  }

  @Test
  void leavesTheTablesOfOthersAlone() {
    fill();
    lake.catalog
        .buildTable(
            TableIdentifier.of("app", "theirs"),
            new Schema(Types.NestedField.required(1, "id", Types.LongType.get())))
        .create();
    assertThat(maintain().tables()).extracting(TableReport::table).containsExactly("app.users");
  }

  @Test
  void leavesAShadowAloneAndMaintainsTheTableBeside() {
    List<ChangeBatch> batches = ShadowTableTest.numbersBecomeTexts();
    TopicSink topic = lake.topic(TOPIC);
    List<String> maintained = new ArrayList<>();
    for (ChangeBatch each : batches) {
      topic.apply(each);
      maintain().tables().forEach(table -> maintained.add(table.table()));
    }
    assertThat(lake.rows(USERS)).isEqualTo(ShadowTableTest.NEW);
    assertThat(maintained).hasSize(batches.size()).containsOnly("app.users");
  }

  @ParameterizedTest
  @MethodSource("dev.walcdc.iceberg.ValuesTest#values")
  void valuesStayAsTheyAre(PostgresType type, Object value, Object read) {
    holds(type, value, read);
  }

  @ParameterizedTest
  @MethodSource("dev.walcdc.iceberg.ValuesTest#floats")
  void floatsStayAsTheyAre(PostgresType type, Object value) {
    holds(type, value, value);
  }

  private void holds(PostgresType type, Object value, Object read) {
    TableSchema schema =
        new TableSchema(
            "app",
            "users",
            List.of(
                new Column("id", PostgresType.of("int8"), false, 1),
                new Column("v", type, true, 2)),
            List.of("id"),
            1,
            1);
    sink.apply(batch(schema, 1, create(10, 1L, value)));
    sink.apply(batch(schema, 2, create(11, 2L, null)));
    sink.apply(batch(schema, 3, create(12, 3L, value)));
    List<String> rows = lake.rows(USERS);

    only(maintain());

    assertThat(lake.rows(USERS)).isEqualTo(rows);
    assertThat(lake.liveFiles(USERS)).hasSize(2);
    try (CloseableIterable<Record> records = IcebergGenerics.read(lake.table(USERS)).build()) {
      for (Record record : records) {
        assertThat(record.getField("v")).isEqualTo(record.getField("id").equals(2L) ? null : read);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sink.apply(batch(schema, 4, update(13, 1L, null), delete(14, 3L, null)));
    assertThat(lake.rows(USERS)).hasSize(2);
  }

  @Test
  void refusesWhatWouldDoHarm() {
    assertThatThrownBy(
            () -> new MaintenancePolicy(1, 2, 1, 1, Duration.ofMinutes(1), 1, Duration.ofDays(3)))
        .hasMessageContaining("PT10M");
    assertThatThrownBy(
            () -> new MaintenancePolicy(1, 2, 1, 1, Duration.ofHours(1), 1, Duration.ofHours(3)))
        .hasMessageContaining("PT24H");
    assertThatThrownBy(
            () -> new MaintenancePolicy(1, 2, 1, 1, Duration.ofHours(1), 0, Duration.ofDays(3)))
        .hasMessageContaining("0 snapshots");
  }
}
