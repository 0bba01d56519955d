package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.delete;
import static dev.walcdc.iceberg.Changes.events;
import static dev.walcdc.iceberg.Changes.read;
import static dev.walcdc.iceberg.Changes.update;
import static dev.walcdc.iceberg.Changes.users;
import static dev.walcdc.iceberg.TestLake.EVENTS;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.dedup.ChangeDeduplicator;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.junit.jupiter.api.Test;

class TableSinkTest {

  private final TestLake lake = TestLake.inMemory();
  private final TableSink sink = lake.sink(TOPIC);

  @Test
  void appliesInsertsUpdatesAndDeletes() {
    sink.apply(batch(users(), 3, read(0, 1L, "a"), read(1, 2L, "b"), read(2, 3L, "c")));
    sink.apply(batch(users(), 6, update(10, 1L, "A"), delete(11, 2L, null), create(12, 4L, "d")));

    assertThat(lake.rows(USERS))
        .containsExactly("{id=1, name=A}", "{id=3, name=c}", "{id=4, name=d}");
  }

  @Test
  void tellsPositionAndWhatIsNeededToGoOnInTheSummary() {
    sink.apply(batch(users(), 2, create(0x20, 1L, "a"), create(0x21, 2L, "b")));
    sink.apply(batch(users(), 5, delete(0x30, 1L, null)));

    Map<String, String> summary = lake.snapshot(USERS).summary();
    assertThat(summary)
        .containsEntry("walcdc.topic", TOPIC)
        .containsEntry("walcdc.next-offsets", "{\"0\":5}")
        .containsEntry("walcdc.watermarks", "{\"0\":\"1/2F/30/0 1/30/0\"}")
        .containsEntry("walcdc.records", "3")
        .containsEntry("walcdc.committed-at", "1970-01-01T00:00:00.048Z")
        .containsEntry("walcdc.epoch", "1")
        .containsEntry("walcdc.oldest-epoch", "1")
        .containsKey("walcdc.commit-id");
    assertThat(lake.sink(TOPIC).takeOver()).isEqualTo(Map.of(0, 5L));
  }

  @Test
  void carriesPartitionsForwardThatABatchDoesNotTouch() {
    sink.apply(batch(users(), 2, create(5, 1L, "a")));
    sink.apply(inPartition(3, 7, create(6, 2L, "b")));

    assertThat(lake.summary(USERS, "walcdc.next-offsets")).isEqualTo("{\"0\":2,\"3\":7}");
  }

  private static ChangeBatch inPartition(int partition, long nextOffset, RowChange change) {
    var one = batch(users(), nextOffset, change);
    var progress = new TreeMap<>(Map.of(partition, one.progress().get(0)));
    RowChange moved = new RowChange(change.point(), change.since(), change.row(), partition, 0, 0);
    return new ChangeBatch(one.topic(), one.schema(), List.of(), List.of(moved), progress);
  }

  @Test
  void makesATableForChangeDataCapture() {
    sink.apply(batch(users(), 1, create(5, 1L, "a")));

    Table table = lake.table(USERS);
    assertThat(table.schema().identifierFieldNames()).containsExactly("id");
    assertThat(table.schema().asStruct().fields())
        .extracting(f -> f.name() + " " + f.type() + " " + f.isRequired())
        .containsExactly(
            "id long true",
            "name string false",
            "_epoch int true",
            "_last_commit_lsn long true",
            "_lsn long true");
    assertThat(((BaseTable) table).operations().current().formatVersion()).isEqualTo(2);
    assertThat(table.properties())
        .containsEntry(TableProperties.PARQUET_COMPRESSION, "zstd")
        .containsEntry(TableProperties.UPSERT_ENABLED, "true")
        .containsEntry(TableProperties.DELETE_MODE, "merge-on-read")
        .containsEntry(TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true")
        .containsEntry("walcdc.topic", TOPIC);
  }

  @Test
  void writesNoDeleteFilesForInserts() {
    sink.apply(batch(users(), 2, read(0, 1L, "a"), read(1, 2L, "b")));
    sink.apply(batch(users(), 4, read(2, 3L, "c"), read(3, 4L, "d")));
    sink.apply(batch(users(), 6, create(10, 5L, "e"), create(11, 6L, "f")));

    assertThat(lake.deleteFiles(USERS)).isZero();
    assertThat(lake.rows(USERS)).hasSize(6);
  }

  /**
   * {@code UPDATE users SET id = id + 1} on a deferrable key: for a while two rows have one key, so
   * a creation does not say that there was no such row.
   */
  @Test
  void leavesOneRowOfAKeyThatTwoRowsHadForAWhile() {
    List<RowChange> log =
        List.of(
            delete(10, 1L, null),
            create(11, 2L, "a"),
            delete(12, 2L, null),
            create(13, 3L, "b"),
            delete(14, 3L, null),
            create(15, 4L, "c"),
            update(20, 2L, "A"),
            update(21, 3L, "B"),
            update(22, 4L, "C"));
    for (int first = 0; first <= log.size(); first++) {
      for (int second = first; second <= log.size(); second++) {
        TestLake cut = TestLake.inMemory();
        TableSink cutSink = cut.sink(TOPIC);
        cutSink.apply(batch(users(), 3, read(0, 1L, "a"), read(1, 2L, "b"), read(2, 3L, "c")));
        applyFolded(cutSink, log, 0, first);
        applyFolded(cutSink, log, first, second);
        applyFolded(cutSink, log, second, log.size());

        assertThat(cut.rows(USERS))
            .as("cut at %d and %d", first, second)
            .containsExactly("{id=2, name=A}", "{id=3, name=B}", "{id=4, name=C}");
      }
    }
  }

  /** Records from one place of the log to another, as the steps before the sink make a batch. */
  private static void applyFolded(TableSink sink, List<RowChange> log, int from, int to) {
    if (from < to) {
      RowChange[] changes = log.subList(from, to).toArray(RowChange[]::new);
      sink.apply(new ChangeDeduplicator().deduplicate(batch(users(), 3 + to, changes)));
    }
  }

  @Test
  void deletesWhatAnInsertMayRepeat() {
    sink.apply(batch(users(), 3, create(10, 1L, "a"), create(11, 2L, "b")));
    // The capture starts again and repeats the WAL at later offsets.
    sink.apply(batch(users(), 5, create(10, 1L, "a"), create(11, 2L, "b")));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=a}", "{id=2, name=b}");
  }

  @Test
  void deletesWhatAnInsertMayRepeatUnderAHigherVersion() {
    sink.apply(batch(users(), 3, create(10, 1L, "a"), create(11, 2L, "b")));
    ChangePoint repeated = new ChangePoint(Operation.CREATE, Version.of(1, 50, 10), 0);
    sink.apply(batch(users(), 5, RowChange.of(repeated, new Object[] {1L, "a"}, 0, 0, 0)));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=a}", "{id=2, name=b}");
  }

  @Test
  void deletesRowsOfEarlierEpochsThatASnapshotReadsAgain() {
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));
    sink.apply(batch(users(2, 2), 3, Changes.change(Operation.READ, 2, 0, 1L, "a")));
    // By now the watermark is of epoch 2, but row 2 is not.
    sink.apply(batch(users(2, 2), 4, Changes.change(Operation.READ, 2, 1, 2L, "b")));
    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=a}", "{id=2, name=b}");

    sink.apply(batch(users(2, 2), 5, Version.ofSnapshot(2)));
    long deleteFiles = lake.deleteFiles(USERS);
    sink.apply(batch(users(2, 2), 6, Changes.change(Operation.CREATE, 2, 20, 3L, "c")));
    assertThat(lake.deleteFiles(USERS))
        .as("fenced: inserts are cheap again")
        .isEqualTo(deleteFiles);
  }

  @Test
  void replacesARowThatIsReadAgainInItsEpoch() {
    sink.apply(batch(users(), 2, read(0, 1L, "a"), read(1, 2L, "b")));
    ChangePoint again = new ChangePoint(Operation.READ, Version.of(1, 49, 50), 0);
    sink.apply(batch(users(), 3, RowChange.of(again, new Object[] {1L, "A"}, 0, 0, 0)));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=A}", "{id=2, name=b}");
  }

  /** Letters from quarantine: the position has passed them. */
  @Test
  void aReplayChangesRowsAndMovesNoPosition() {
    sink.apply(batch(users(), 9, create(5, 1L, "a"), create(9, 3L, "c")));

    sink.apply(replay(update(6, 1L, "A"), create(7, 2L, "b"), delete(8, 3L, null)));
    sink.apply(replay(update(6, 1L, "A"), create(7, 2L, "b"))); // A crash repeats it.

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=A}", "{id=2, name=b}");
    assertThat(lake.summary(USERS, "walcdc.next-offsets")).isEqualTo("{\"0\":9}");
    assertThat(lake.sink(TOPIC).takeOver()).isEqualTo(Map.of(0, 9L));
    sink.apply(batch(users(), 10, create(10, 4L, "d")));
    assertThat(lake.rows(USERS)).hasSize(3);
  }

  /** In a stretch of the log that is read again, such an update is left out; here it is news. */
  @Test
  void aReplayOfAnUpdateWhoseRowIsNotThereIsRefused() {
    sink.apply(batch(users(), 9, create(9, 1L, "a")));

    RowChange lost = update(6, 2L, Unchanged.TOAST);
    assertThatThrownBy(() -> sink.apply(replay(lost)))
        .isInstanceOfSatisfying(
            RefusedChangeException.class,
            refused -> assertThat(refused.change()).containsSame(lost));
  }

  private static ChangeBatch replay(RowChange... changes) {
    ChangeBatch batch = batch(users(), 1, changes);
    return new ChangeBatch(
        batch.topic(), batch.schema(), batch.erasures(), batch.changes(), new TreeMap<>());
  }

  /** The deletion before it went to quarantine, so the log's word is not the table's. */
  @Test
  void aCreationAfterALostDeletionLeavesOneRow() {
    sink.apply(batch(users(), 1, create(5, 1L, "old")));
    RowChange created = create(9, 1L, "new");
    ChangePoint since =
        new ChangePoint(Operation.UPDATE, created.version(), created.point().ordinal());
    sink.apply(
        batch(
            users(),
            3,
            new RowChange(
                created.point(), since, created.row(), 0, 2, created.committedAtMicros())));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=new}");
  }

  @Test
  void namesEveryChangeThatItRefuses() {
    sink.apply(batch(users(), 1, create(5, 1L, "a")));

    assertThatThrownBy(
            () ->
                sink.apply(
                    batch(
                        users(),
                        5,
                        update(6, 8L, Unchanged.TOAST),
                        update(7, 1L, "b"),
                        update(8, 9L, Unchanged.TOAST))))
        .isInstanceOfSatisfying(
            RefusedChangesException.class,
            refused ->
                assertThat(refused.refusals())
                    .extracting(RefusedChangesException.Refusal::offset)
                    .containsExactly(6L, 8L));
    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=a}");
  }

  @Test
  void skipsABatchThatTheTableHas() {
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));
    sink.apply(batch(users(), 4, update(12, 1L, "A"), delete(13, 2L, null)));
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=A}");
    assertThat(lake.commits(USERS)).isEqualTo(2);
  }

  @Test
  void commitsNothingWhereThereIsNothingToWrite() {
    sink.apply(batch(users(), 2));

    assertThat(lake.snapshot(USERS)).isNull();
  }

  @Test
  void commitsThePositionAloneOnceItHasWaited() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    String appliedAt = lake.summary(USERS, "walcdc.applied-at");
    // A tombstone, which came alone.
    sink.apply(batch(users(), 5));
    sink.commitPosition(Duration.ofHours(1));
    assertThat(lake.commits(USERS)).isOne();

    sink.commitPosition(Duration.ZERO);
    sink.commitPosition(Duration.ZERO);

    assertThat(lake.commits(USERS)).isEqualTo(2);
    assertThat(lake.snapshot(USERS).summary())
        .containsEntry("walcdc.next-offsets", "{\"0\":5}")
        .containsEntry("walcdc.records", "2")
        .containsEntry("walcdc.applied-at", appliedAt)
        .doesNotContainKeys("added-data-files", "added-delete-files");
    assertThat(lake.sink(TOPIC).takeOver()).isEqualTo(Map.of(0, 5L));
    sink.apply(batch(users(), 6, create(11, 2L, "b")));
    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=a}", "{id=2, name=b}");
  }

  @Test
  void commitsThePositionOfAnEmptyTable() {
    sink.apply(batch(users(), 2));
    sink.commitPosition(Duration.ZERO);
    assertThat(lake.sink(TOPIC).takeOver()).isEqualTo(Map.of(0, 2L));

    sink.apply(batch(users(), 3, create(10, 1L, "a")));
    assertThat(lake.deleteFiles(USERS)).as("there was no row to delete").isZero();
  }

  @Test
  void commitsNoPositionOfATableThatAnotherMayHave() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    sink.apply(batch(users(), 5));
    sink.release();
    sink.commitPosition(Duration.ZERO);
    assertThat(lake.commits(USERS)).isOne();

    sink.takeOver();
    sink.apply(batch(users(), 5));
    TableSink successor = lake.sink(TOPIC);
    successor.apply(batch(users(), 3, create(11, 2L, "b")));
    assertThatThrownBy(() -> sink.commitPosition(Duration.ZERO))
        .isInstanceOf(SecondWriterException.class);
    assertThat(lake.commits(USERS)).isEqualTo(2);
  }

  @Test
  void countsWhatHadNoEffectInTheNextCommit() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    sink.apply(batch(users(), 5));
    sink.apply(inPartition(1, 1, create(11, 2L, "b")));

    assertThat(lake.summary(USERS, "walcdc.next-offsets")).isEqualTo("{\"0\":5,\"1\":1}");
    assertThat(lake.summary(USERS, "walcdc.records")).isEqualTo("3");
  }

  @Test
  void tellsItsPositionToThoseWhoLook() {
    sink.apply(batch(users(), 2));
    assertThat(StoredPosition.of(lake.table(USERS))).isEmpty();

    sink.apply(batch(users(), 4, create(0x20, 1L, "a")));
    lake.table(USERS).newFastAppend().commit();

    StoredPosition stored = StoredPosition.of(lake.table(USERS)).orElseThrow();
    assertThat(stored.nextOffsets()).isEqualTo(Map.of(0, 4L));
    assertThat(stored.records()).isEqualTo(2);
    assertThat(stored.lsn()).isEqualTo(0x20);
    assertThat(stored.committedAtMicros()).isEqualTo(0x20 * 1_000);
    assertThat(stored.appliedAtMicros()).isGreaterThan(stored.committedAtMicros());
  }

  @Test
  void truncatesByDroppingFiles() {
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));
    sink.apply(batch(users(), 3, update(12, 2L, "B")));

    sink.apply(batch(users(), 5, Version.of(1, 18, 20), create(21, 3L, "c")));

    assertThat(lake.rows(USERS)).containsExactly("{id=3, name=c}");
    assertThat(lake.summary(USERS, "deleted-data-files")).isEqualTo("2");
    assertThat(lake.summary(USERS, "added-delete-files")).isNull();
    assertThat(lake.summary(USERS, "walcdc.next-offsets")).isEqualTo("{\"0\":5}");
  }

  @Test
  void repeatedTruncateKeepsLaterRows() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    sink.apply(batch(users(), 5, Version.of(1, 18, 20), create(21, 3L, "c")));

    sink.apply(batch(users(), 6, Version.of(1, 18, 20)));

    assertThat(lake.rows(USERS)).containsExactly("{id=3, name=c}");
    assertThat(lake.commits(USERS)).as("there is nothing left to erase").isEqualTo(2);
  }

  @Test
  void truncatesWithinAFileThatMixes() {
    // As several partitions, or a compaction, lay them.
    sink.apply(batch(users(), 3, create(10, 1L, "a"), create(30, 2L, "b"), create(11, 3L, "c")));
    sink.apply(batch(users(), 4, Version.of(1, 18, 20)));

    assertThat(lake.rows(USERS)).containsExactly("{id=2, name=b}");
  }

  /** The order of commits decides, not that in which rows were written to the WAL. */
  @Test
  void anErasureSparesAnEarlierRowOfALaterCommit() {
    RowChange ofALongTransaction = at(Version.of(1, 22, 15), 1L, "committed after it");
    RowChange committedBefore = at(Version.of(1, 12, 19), 2L, "committed before it");
    sink.apply(batch(users(), 2, committedBefore));
    sink.apply(batch(users(), 3, ofALongTransaction));

    sink.apply(batch(users(), 4, Version.of(1, 18, 14)));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=committed after it}");
  }

  private static RowChange at(Version version, Object... row) {
    return RowChange.of(new ChangePoint(Operation.CREATE, version, 0), row, 0, 0, 0);
  }

  @Test
  void truncatesWithinAFileThatMixesWithoutAKey() {
    TableSink eventSink = lake.sink("dbserver1.app.events");
    eventSink.apply(
        batch(events(), 3, create(10, 1L, "x"), create(30, 1L, "x"), create(31, 2L, "y")));
    eventSink.apply(batch(events(), 4, Version.of(1, 18, 20)));

    assertThat(lake.rows(EVENTS)).containsExactly("{at=1, text=x}", "{at=2, text=y}");
  }

  @Test
  void fenceErasesLowerEpochs() {
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));
    sink.apply(batch(users(2, 2), 3, Changes.change(Operation.READ, 2, 0, 1L, "A")));
    sink.apply(batch(users(2, 2), 4, Version.ofSnapshot(2)));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=A}");
  }

  /** The fence behind a resync of some keys: rows that were not read again and are older go. */
  @Test
  void aFenceWithAConditionErasesWhatItMeans() {
    sink.apply(
        batch(users(), 5, create(10, 1L, "a"), create(11, 2L, "ghost"), create(12, 3L, "c")));
    RowChange again =
        RowChange.of(
            new ChangePoint(Operation.READ, Version.of(1, 30, 31), 0),
            new Object[] {1L, "repaired"},
            0,
            0,
            0);
    Erasure fence = new Erasure(Version.of(1, 20, 21), KeyCondition.parse("id < 3"));
    ChangeBatch resync = batch(users(), 7, again);
    ChangeBatch fenced =
        new ChangeBatch(
            resync.topic(), resync.schema(), List.of(fence), resync.changes(), resync.progress());
    sink.apply(fenced);

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=repaired}", "{id=3, name=c}");
    // Another partition brings the same fence; so does a replay.
    ChangeBatch other = inPartition(1, 1, create(40, 4L, "d"));
    sink.apply(
        new ChangeBatch(
            other.topic(), other.schema(), List.of(fence), other.changes(), other.progress()));
    assertThat(lake.rows(USERS)).hasSize(3);
    // What is older and comes later in the log is still to be applied outside of the condition.
    sink.apply(batch(users(), 8, update(15, 3L, "C")));
    assertThat(lake.rows(USERS)).contains("{id=3, name=C}");
  }

  /** A row that is read again was there before, even if it was never applied from this log. */
  @Test
  void aRowReadAgainReplacesWhatIsThere() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    RowChange again =
        RowChange.of(
            new ChangePoint(Operation.READ, Version.of(1, 30, 31), 0),
            new Object[] {1L, "again"},
            0,
            0,
            0);
    sink.apply(batch(users(), 3, again));
    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=again}");
  }

  @Test
  void leavesOutWhatAnErasureOutranks() {
    sink.apply(batch(users(), 1, create(10, 1L, "a")));
    sink.apply(batch(users(), 2, Version.of(1, 18, 20)));
    // Another partition is behind.
    sink.apply(inPartition(1, 1, create(15, 9L, "late")));

    assertThat(lake.rows(USERS)).isEmpty();
  }

  @Test
  void findsThePositionBelowForeignCommits() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    lake.table(USERS).newFastAppend().commit();
    lake.table(USERS).newFastAppend().commit();

    assertThat(lake.sink(TOPIC).takeOver()).isEqualTo(Map.of(0, 2L));
    sink.apply(batch(users(), 3, create(11, 2L, "b")));
    assertThat(lake.rows(USERS)).hasSize(2);
  }

  @Test
  void findsThePositionAfterAnExpiry() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    lake.table(USERS).newFastAppend().commit();
    lake.table(USERS).newFastAppend().commit();
    long now = lake.snapshot(USERS).timestampMillis();
    lake.table(USERS).expireSnapshots().expireOlderThan(now + 1).retainLast(1).commit();
    assertThat(lake.commits(USERS)).isOne();
    assertThat(StoredPosition.of(lake.table(USERS)).orElseThrow().nextOffsets())
        .isEqualTo(Map.of(0, 2L));

    assertThat(lake.sink(TOPIC).takeOver()).isEqualTo(Map.of(0, 2L));
    sink.apply(batch(users(), 3, create(11, 2L, "b")));
    assertThat(lake.rows(USERS)).hasSize(2);
  }

  @Test
  void goesBackWithARollback() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    Snapshot before = lake.snapshot(USERS);
    sink.apply(batch(users(), 3, create(11, 2L, "b")));
    lake.table(USERS).manageSnapshots().rollbackTo(before.snapshotId()).commit();

    assertThatThrownBy(() -> sink.apply(batch(users(), 4, create(12, 3L, "c"))))
        .isInstanceOf(SecondWriterException.class);
    assertThat(sink.takeOver()).isEqualTo(Map.of(0, 2L));
    sink.apply(batch(users(), 4, create(11, 2L, "b"), create(12, 3L, "c")));
    assertThat(lake.rows(USERS)).hasSize(3);
  }

  @Test
  void doesNotTrustACopyThatIsNewerThanTheRows() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    lake.table(USERS).newFastAppend().commit();
    Snapshot foreign = lake.snapshot(USERS);
    sink.apply(batch(users(), 3, create(11, 2L, "b")));
    Table table = lake.table(USERS);
    table.manageSnapshots().rollbackTo(foreign.snapshotId()).commit();
    table
        .expireSnapshots()
        .expireOlderThan(foreign.timestampMillis() + 10_000)
        .retainLast(1)
        .commit();

    assertThatThrownBy(() -> sink.takeOver())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is lost");
  }

  @Test
  void fillsUnchangedValuesFromTheTable() {
    sink.apply(batch(users(), 2, create(10, 1L, "long text"), create(11, 2L, null)));
    sink.apply(batch(users(), 3, update(12, 1L, "longer text")));
    var wide = users(1, 2, Changes.column("n", "int4", 3));

    sink.apply(
        batch(wide, 5, update(20, 1L, Unchanged.TOAST, 7), update(21, 2L, Unchanged.TOAST, 8)));

    assertThat(lake.rows(USERS))
        .containsExactly("{id=1, n=7, name=longer text}", "{id=2, n=8, name=null}");
  }

  @Test
  void refusesAnUnchangedValueThatNobodyHas() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, update(11, 9L, Unchanged.TOAST))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("`name`")
        .hasMessageContaining("[9]")
        .hasMessageContaining("REPLICA IDENTITY FULL");
    assertThat(lake.commits(USERS)).isOne();
  }

  @Test
  void leavesOutAReplayedUpdateOfARowThatIsGone() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    sink.apply(batch(users(), 4, delete(20, 1L, null)));
    sink.apply(batch(users(), 5, update(15, 1L, Unchanged.TOAST)));
    sink.apply(batch(users(), 6, delete(20, 1L, null)));

    assertThat(lake.rows(USERS)).isEmpty();
  }

  @Test
  void refusesAMovedRowWithoutItsValuesWhateverItsVersion() {
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(20, 2L, "b")));

    // Its key was changed, and capture numbers it below what it sent before it was restarted.
    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(15, 5L, Unchanged.TOAST))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("[5]");
  }

  @Test
  void addsRowsWithoutAKeyOnce() {
    TableSink eventSink = lake.sink("dbserver1.app.events");
    eventSink.apply(batch(events(), 2, create(10, 1L, "x"), create(11, 1L, "x")));
    // One batch repeats the last of these, and itself.
    eventSink.apply(
        batch(events(), 6, create(11, 1L, "x"), create(12, 2L, "y"), create(12, 2L, "y")));

    assertThat(lake.rows(EVENTS))
        .containsExactly("{at=1, text=x}", "{at=1, text=x}", "{at=2, text=y}");
  }

  @Test
  void refusesRowsThatCannotBeToldApart() {
    TableSink eventSink = lake.sink("dbserver1.app.events");

    assertThatThrownBy(
            () -> eventSink.apply(batch(events(), 2, read(0, 1L, "x"), read(0, 2L, "y"))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("app.events");
    assertThatThrownBy(() -> eventSink.apply(batch(events(), 2, update(10, 1L, "x"))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("no primary key");
  }

  @Test
  void refusesATableOfAnother() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    TableSink other = lake.sink("other.app.users");
    var foreign = batch(users(), 2, create(10, 1L, "a"));

    assertThatThrownBy(
            () ->
                other.apply(
                    new ChangeBatch(
                        "other.app.users",
                        foreign.schema(),
                        List.of(),
                        foreign.changes(),
                        foreign.progress())))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("belongs to topic `" + TOPIC);
  }

  @Test
  void refusesATableOfAnotherWriter() {
    ((SupportsNamespaces) lake.catalog).createNamespace(TestLake.USERS.namespace());
    lake.catalog
        .buildTable(TestLake.USERS, TableLayout.of(users()))
        .withProperty(LakeTables.WRITER, "flink-sql")
        .create();
    TopicSink topic = lake.topic(TOPIC);

    assertThatThrownBy(() -> topic.apply(batch(users(), 2, create(10, 1L, "a"))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("is written by flink-sql, not by sink-iceberg");
    assertThat(lake.catalog.loadTable(TestLake.USERS).currentSnapshot()).isNull();
  }

  @Test
  void writesATableThatNamesNoWriterYet() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    lake.catalog.loadTable(TestLake.USERS).updateProperties().remove(LakeTables.WRITER).commit();

    TopicSink later = lake.topic(TOPIC);
    later.takeOver();
    later.apply(batch(users(), 3, create(20, 2L, "b")));

    assertThat(lake.rows(TestLake.USERS)).hasSize(2);
  }

  @Test
  void findsTablesOfTopicsWithDots() {
    TableSink dotted = lake.sink("eu.west.app.users");
    var b = batch(users(), 2, create(10, 1L, "a"));
    dotted.apply(
        new ChangeBatch("eu.west.app.users", b.schema(), List.of(), b.changes(), b.progress()));

    assertThat(lake.sink("eu.west.app.users").takeOver()).isEqualTo(Map.of(0, 2L));
    assertThat(lake.sink("west.app.users").takeOver()).isEmpty();
    assertThat(lake.sink("eu.west.app.other").takeOver()).isEmpty();
  }

  @Test
  void stopsASecondWriter() {
    TableSink zombie = lake.sink(TOPIC);
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    zombie.takeOver();
    TableSink successor = lake.sink(TOPIC);
    successor.takeOver();
    successor.apply(batch(users(), 3, create(11, 2L, "b")));
    var before = lake.liveFiles(USERS);

    assertThatThrownBy(() -> zombie.apply(batch(users(), 3, create(11, 2L, "b"))))
        .isInstanceOf(SecondWriterException.class)
        .hasMessageContaining("Another writer");
    assertThat(lake.liveFiles(USERS)).isEqualTo(before);
    assertThat(lake.rows(USERS)).hasSize(2);
  }

  @Test
  void refusesATableThatSomeonePartitioned() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    lake.table(USERS).updateSpec().addField("name").commit();

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(11, 2L, "b"))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("partitioned");
  }

  @Test
  void leavesOutThePartitionThatTheTableHas() {
    sink.apply(batch(users(), 1, create(10, 1L, "a")));
    sink.apply(batch(users(), 2, update(12, 1L, "A")));
    ChangeBatch behind = inPartition(1, 1, create(20, 2L, "b"));
    var progress = new TreeMap<>(behind.progress());
    progress.putAll(batch(users(), 1, create(10, 1L, "a")).progress());

    sink.apply(
        new ChangeBatch(
            TOPIC,
            users(),
            List.of(),
            List.of(create(10, 1L, "a"), behind.changes().get(0)),
            progress));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=A}", "{id=2, name=b}");
    assertThat(lake.summary(USERS, "walcdc.next-offsets")).isEqualTo("{\"0\":2,\"1\":1}");
  }

  @Test
  void deletesRowsOfAnEpochThatCameLate() {
    sink.apply(batch(users(2, 2), 1, Changes.change(Operation.READ, 2, 0, 2L, "b")));
    // This partition is still at the epoch before.
    sink.apply(inPartition(1, 1, create(10, 1L, "a")));
    sink.apply(inPartition(1, 2, Changes.change(Operation.READ, 2, 1, 1L, "a")));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=a}", "{id=2, name=b}");
  }
}
