package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.update;
import static dev.walcdc.iceberg.Changes.users;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.Version;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LostAnswerTest {

  private final TestLake lake = TestLake.inMemory();
  private final TableSink sink = lake.sink(TOPIC);

  @BeforeEach
  void start() {
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));
    lake.table(USERS)
        .updateProperties()
        .set(TableProperties.COMMIT_NUM_RETRIES, "3")
        .set(TableProperties.COMMIT_MIN_RETRY_WAIT_MS, "1")
        .commit();
  }

  static Stream<RuntimeException> answers() {
    return Stream.of(
        new CommitFailedException("0 rows were updated"),
        new CommitStateUnknownException(new SocketException("connection reset")),
        new UncheckedIOException(new SocketException("connection reset")));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void recognizesACommitThatArrived(RuntimeException answer) {
    lake.fault = Fault.once(Fault.commitsAndThrows(answer));

    sink.apply(batch(users(), 4, update(12, 1L, "A"), create(13, 3L, "c")));
    sink.apply(batch(users(), 5, create(14, 4L, "d")));

    assertReadable("{id=1, name=A}", "{id=2, name=b}", "{id=3, name=c}", "{id=4, name=d}");
    assertThat(lake.commits(USERS)).isEqualTo(3);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void triesAgainWhereItDidNotArrive(RuntimeException answer) {
    lake.fault = Fault.once(Fault.throwsOnly(answer));

    sink.apply(batch(users(), 4, update(12, 1L, "A"), create(13, 3L, "c")));

    assertReadable("{id=1, name=A}", "{id=2, name=b}", "{id=3, name=c}");
    assertThat(lake.commits(USERS)).isEqualTo(2);
  }

  @Test
  void recognizesACommitBelowThoseOfOthers() {
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              catalog.commit(base, metadata);
              lake.fault = Fault.NONE;
              TableSink successor = lake.sink(TOPIC);
              successor.takeOver();
              successor.apply(batch(users(), 4, create(14, 4L, "d")));
              lake.table(USERS).newFastAppend().commit();
              throw new CommitFailedException("0 rows were updated");
            });

    sink.apply(batch(users(), 3, create(13, 3L, "c")));

    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}", "{id=4, name=d}");
    assertThatThrownBy(() -> sink.apply(batch(users(), 4, create(14, 4L, "d"))))
        .isInstanceOf(SecondWriterException.class);
  }

  @Test
  void keepsTheFilesOfACommitThatNobodyCanTellOf() {
    lake.fault = Fault.throwsOnly(new CommitStateUnknownException(new SocketException("gone")));
    Set<String> before = InMemoryFiles.all();

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(13, 3L, "c"))))
        .isInstanceOf(UnknownOutcomeException.class);

    assertThat(InMemoryFiles.data(before)).hasSize(1);
    lake.fault = Fault.NONE;
    sink.apply(batch(users(), 3, create(13, 3L, "c")));
    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");
  }

  @Test
  void recognizesACommitThatArrivesLate() {
    Runnable[] late = {null};
    lake.fault =
        (catalog, base, metadata) -> {
          late[0] = () -> catalog.commit(base, metadata);
          throw new CommitStateUnknownException(new SocketException("gone"));
        };
    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(13, 3L, "c"))))
        .isInstanceOf(UnknownOutcomeException.class);
    late[0].run();
    lake.fault = Fault.NONE;

    // The batch has grown meanwhile: what arrived must not be inserted a second time.
    sink.apply(batch(users(), 4, create(13, 3L, "c"), create(14, 4L, "d")));

    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}", "{id=4, name=d}");
  }

  @Test
  void recognizesACommitThatArrivesWhileTheNextIsMade() {
    Runnable[] late = {null};
    lake.fault =
        (catalog, base, metadata) -> {
          late[0] = () -> catalog.commit(base, metadata);
          throw new CommitStateUnknownException(new SocketException("gone"));
        };
    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(13, 3L, "c"))))
        .isInstanceOf(UnknownOutcomeException.class);
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              late[0].run();
              catalog.commit(base, metadata);
            });
    Set<String> before = InMemoryFiles.all();

    sink.apply(batch(users(), 4, create(13, 3L, "c"), create(14, 4L, "d")));

    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}", "{id=4, name=d}");
    assertThat(InMemoryFiles.data(before)).allMatch(lake.liveFiles(USERS)::contains);
  }

  @Test
  void keepsTheFilesOfACommitWhoseSnapshotHasExpired() {
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              catalog.commit(base, metadata);
              lake.fault = Fault.NONE;
              Table table = lake.table(USERS);
              table.newFastAppend().commit();
              long now = lake.snapshot(USERS).timestampMillis();
              table.expireSnapshots().expireOlderThan(now + 1).retainLast(1).commit();
              throw new CommitFailedException("0 rows were updated");
            });

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(13, 3L, "c"))))
        .isInstanceOf(UnknownOutcomeException.class);
    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");

    sink.apply(batch(users(), 4, create(13, 3L, "c"), create(14, 4L, "d")));
    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}", "{id=4, name=d}");
  }

  @Test
  void keepsTheFilesWhereTheCatalogSaysTheSameForEver() {
    RuntimeException same = new UncheckedIOException(new SocketException("connection reset"));
    lake.fault = Fault.commitsAndThrows(same);
    int[] looks = {0};
    lake.beforeRefresh =
        () -> {
          if (looks[0]++ > 0) {
            throw same;
          }
        };

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(13, 3L, "c"))))
        .isInstanceOf(UnknownOutcomeException.class);

    lake.beforeRefresh = () -> {};
    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");
  }

  @Test
  void keepsTheFilesWhereItCannotEvenWait() {
    lake.table(USERS)
        .updateProperties()
        .set(TableProperties.COMMIT_MIN_RETRY_WAIT_MS, "-1")
        .commit();
    int[] looks = {0};
    lake.beforeRefresh =
        () -> {
          if (looks[0]++ > 0) {
            throw new UncheckedIOException(new SocketException("connection reset"));
          }
        };
    lake.fault = Fault.once(Fault.commitsAndThrows(new CommitFailedException("0 rows")));

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(13, 3L, "c"))))
        .isInstanceOf(UnknownOutcomeException.class);

    lake.beforeRefresh = () -> {};
    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");
  }

  @Test
  void deletesTheFilesOfACommitThatSurelyFailed() {
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              lake.fault = Fault.NONE;
              TableSink successor = lake.sink(TOPIC);
              successor.takeOver();
              successor.apply(batch(users(), 3, create(13, 3L, "c")));
              catalog.commit(base, metadata);
            });
    Set<String> before = InMemoryFiles.all();

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(13, 3L, "c"))))
        .isInstanceOf(SecondWriterException.class);

    assertThat(InMemoryFiles.data(before)).as("only the successor's").hasSize(1);
    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");
  }

  @Test
  void deletesTheFilesOfABatchThatIsRefused() {
    Set<String> before = InMemoryFiles.all();

    assertThatThrownBy(
            () -> sink.apply(batch(users(), 4, create(13, 3L, "c"), create(14, null, "d"))))
        .isInstanceOf(RefusedChangeException.class);

    assertThat(InMemoryFiles.data(before)).isEmpty();
  }

  @Test
  void commitsOnNothingButWhatItLookedAt() {
    int[] refreshes = {0};
    lake.beforeRefresh =
        () -> {
          // The first is the sink's own look; Iceberg would look again before it commits.
          if (++refreshes[0] == 2) {
            lake.beforeRefresh = () -> {};
            TableSink successor = lake.sink(TOPIC);
            if (successor.takeOver().get(0) == 2) {
              successor.apply(batch(users(), 3, create(13, 3L, "c")));
            }
          }
        };

    sink.apply(batch(users(), 3, create(13, 3L, "c")));

    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");
  }

  @Test
  void looksAgainAfterAChangeOfColumns() {
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              catalog.commit(base, metadata);
              lake.fault = Fault.NONE;
              TableSink successor = lake.sink(TOPIC);
              successor.takeOver();
              successor.apply(batch(users(), 3, create(13, 3L, "c")));
            });
    var wider = users(1, 2, Changes.column("age", "int4", 3));

    assertThatThrownBy(() -> sink.apply(batch(wider, 3, create(13, 3L, "c", 7))))
        .isInstanceOf(SecondWriterException.class);

    assertReadable(
        "{age=null, id=1, name=a}", "{age=null, id=2, name=b}", "{age=null, id=3, name=c}");
  }

  @Test
  void goesOnTopOfAForeignCommit() {
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              lake.fault = Fault.NONE;
              lake.table(USERS).newFastAppend().commit();
              catalog.commit(base, metadata);
            });

    sink.apply(batch(users(), 3, update(12, 1L, "A")));

    assertReadable("{id=1, name=A}", "{id=2, name=b}");
  }

  @Test
  void plansAnErasureAnewOnTopOfARewrite() {
    sink.apply(batch(users(), 3, create(12, 3L, "c")));
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              lake.fault = Fault.NONE;
              compact();
              catalog.commit(base, metadata);
            });

    sink.apply(batch(users(), 4, Version.of(1, 11, 12)));

    assertReadable("{id=3, name=c}");
  }

  /** Data files become one that holds rows on both sides of the erasure. */
  private void compact() {
    Table table = lake.table(USERS);
    List<String> rows = lake.rows(USERS);
    assertThat(rows).hasSize(3);
    TestFiles.rewriteAll(table);
  }

  @Test
  void goesOnAfterAForeignChangeOfProperties() {
    lake.fault =
        Fault.once(
            (catalog, base, metadata) -> {
              lake.table(USERS).updateProperties().set("foreign", "1").commit();
              throw new CommitFailedException("stale");
            });

    sink.apply(batch(users(), 3, create(12, 3L, "c")));

    assertReadable("{id=1, name=a}", "{id=2, name=b}", "{id=3, name=c}");
  }

  private void assertReadable(String... rows) {
    assertThat(lake.rows(USERS)).containsExactly(rows);
    lake.snapshot(USERS)
        .allManifests(lake.table(USERS).io())
        .forEach(
            manifest ->
                assertThat(((InMemoryFileIO) lake.table(USERS).io()).fileExists(manifest.path()))
                    .isTrue());
  }
}
