package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.batch;
import static dev.walcdc.clickhouse.Changes.create;
import static dev.walcdc.clickhouse.Changes.delete;
import static dev.walcdc.clickhouse.Changes.erasure;
import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.nullable;
import static dev.walcdc.clickhouse.Changes.read;
import static dev.walcdc.clickhouse.Changes.schema;
import static dev.walcdc.clickhouse.Changes.update;
import static dev.walcdc.clickhouse.Changes.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.dedup.ChangeDeduplicator;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedTableIT {

  private static TestServer server;

  private TableSchema users;
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
    users =
        schema(
            TestServer.newSchema(),
            "users",
            List.of("id"),
            notNull("id", "int8"),
            notNull("name", "text"),
            nullable("bio", "text"));
    sink = server.newSink();
  }

  private String current() {
    return server.ask("SELECT * FROM `%s`.users_current ORDER BY id".formatted(users.schema()));
  }

  private long versions() {
    return Long.parseLong(server.ask("SELECT count() FROM `%s`.users".formatted(users.schema())));
  }

  @Test
  void makesTheTableAndItsView() {
    sink.apply(batch(users, create(5, 1L, "a", null)));
    assertThat(current()).isEqualTo("1\ta\t\\N");
    assertThat(
            server.ask(
                "SELECT engine_full, sorting_key FROM system.tables WHERE database = '%s' AND name = 'users'"
                    .formatted(users.schema())))
        .startsWith("ReplacingMergeTree(_version, _is_deleted) ORDER BY (id) ")
        .endsWith("\t(id)");
    assertThat(
            server.ask(
                "SELECT name, type FROM system.columns WHERE database = '%s' AND table = 'users' ORDER BY position"
                    .formatted(users.schema())))
        .isEqualTo(
            """
            id\tInt64
            name\tString
            bio\tNullable(String)
            _version\tUInt128
            _is_deleted\tUInt8
            _committed_at\tDateTime64(6, \\'UTC\\')""");
    assertThat(
            server.ask(
                "SELECT toString(_version), _committed_at FROM `%s`.users"
                    .formatted(users.schema())))
        .isEqualTo(version(5).toBigInteger() + "\t2023-11-14 22:13:20.123456");
  }

  @Test
  void updatesAndDeletes() {
    sink.apply(batch(users, create(5, 1L, "a", null), create(6, 2L, "b", "x")));
    sink.apply(batch(users, update(7, 1L, "c", "y"), delete(8, 2L, null, null)));
    assertThat(current()).isEqualTo("1\tc\ty");
    server.run("OPTIMIZE TABLE `%s`.users FINAL".formatted(users.schema()));
    assertThat(current()).isEqualTo("1\tc\ty");
  }

  @Test
  void splitsALargeBatchAndLosesNothing() {
    List<RowChange> changes = new ArrayList<>();
    for (long id = 0; id < 1_003; id++) {
      changes.add(create(5, id, "n" + id, null));
    }
    server.newSink("*", 100).apply(batch(users, null, changes));
    assertThat(versions()).isEqualTo(1_003);
    assertThat(
            server.ask(
                "SELECT uniqExact(id), max(id), countIf(name = concat('n', toString(id))) FROM `%s`.users_current"
                    .formatted(users.schema())))
        .isEqualTo("1003\t1002\t1003");
  }

  @Test
  void splitsWideRowsByTheirBytes() {
    String wide = "w".repeat(8 << 20);
    List<RowChange> changes = new ArrayList<>();
    for (long id = 0; id < 20; id++) {
      changes.add(create(5, id, wide, null));
    }
    sink.apply(batch(users, null, changes));
    assertThat(
            server.ask(
                "SELECT count(), min(length(name)) FROM `%s`.users_current"
                    .formatted(users.schema())))
        .isEqualTo("20\t" + wide.length());
    assertThat(
            server.ask(
                "SELECT count() > 1 FROM system.parts WHERE database = '%s' AND table = 'users'"
                    .formatted(users.schema())))
        .isEqualTo("1");
  }

  /** Any order of the batches and any repetition of them must give what the source has. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void orderAndRepetitionDoNotMatter(long seed) {
    Random random = new Random(seed);
    Map<Long, String> source = new TreeMap<>();
    List<RowChange> history = new ArrayList<>();
    for (long lsn = 1; lsn <= 300; lsn++) {
      long id = random.nextInt(25);
      if (!source.containsKey(id)) {
        history.add(create(lsn, id, "v" + lsn, null));
        source.put(id, "v" + lsn);
      } else if (random.nextInt(3) == 0) {
        history.add(delete(lsn, id, null, null));
        source.remove(id);
      } else {
        history.add(update(lsn, id, "v" + lsn, null));
        source.put(id, "v" + lsn);
      }
    }
    ChangeDeduplicator deduplicator = new ChangeDeduplicator();
    List<ChangeBatch> batches = new ArrayList<>();
    for (int i = 0; i < history.size(); ) {
      int end = Math.min(history.size(), i + 1 + random.nextInt(20));
      batches.add(deduplicator.deduplicate(batch(users, null, history.subList(i, end))));
      i = end;
    }
    for (int i = batches.size() / 2; i > 0; i--) {
      batches.add(batches.get(random.nextInt(batches.size())));
    }
    Collections.shuffle(batches, random);
    for (ChangeBatch next : batches) {
      sink.apply(next);
      if (random.nextInt(10) == 0) {
        server.run("OPTIMIZE TABLE `%s`.users FINAL".formatted(users.schema()));
      }
    }
    String expected =
        source.entrySet().stream()
            .map(row -> row.getKey() + "\t" + row.getValue() + "\t\\N")
            .collect(Collectors.joining("\n"));
    assertThat(current()).isEqualTo(expected);
  }

  @Test
  void truncateErasesWhatWasBeforeItAndNothingElse() {
    ChangeBatch before = batch(users, create(5, 1L, "a", null), create(6, 2L, "b", null));
    ChangeBatch truncate = erasure(users, version(10), create(11, 2L, "again", null));
    ChangeBatch after = batch(users, create(12, 3L, "new", null));
    for (ChangeBatch next : List.of(before, truncate, after)) {
      sink.apply(next);
    }
    String expected = "2\tagain\t\\N\n3\tnew\t\\N";
    assertThat(current()).isEqualTo(expected);
    // A replay from any place on changes nothing, nor does it add tombstones.
    for (ChangeBatch next : List.of(before, truncate, after, truncate, after)) {
      sink.apply(next);
      assertThat(current()).isEqualTo(expected);
    }
    assertThat(
            server.ask(
                "SELECT DISTINCT toString(_version) FROM `%s`.users WHERE _is_deleted = 1 AND id = 1"
                    .formatted(users.schema())))
        .isEqualTo(version(10).toBigInteger().subtract(BigInteger.ONE).toString());
  }

  /** Another process may write such a row after the erasure looked and before it wrote. */
  @Test
  void aRowOfTheFencesOwnVersionWinsEvenIfItIsWrittenBeforeTheTombstone() {
    sink.apply(batch(users, create(5, 1L, "old", null)));
    sink.apply(erasure(users, Version.ofSnapshot(2)));
    TableSchema copy =
        schema(users.schema(), "copy", users.key(), users.columns().toArray(Column[]::new));
    sink.apply(batch(copy, read(2, 0, 1L, "read", null)));
    server.run("INSERT INTO `%1$s`.copy SELECT * FROM `%1$s`.users".formatted(users.schema()));
    String row = "SELECT * FROM `%s`.copy_current".formatted(users.schema());
    assertThat(server.ask(row)).isEqualTo("1\tread\t\\N");
    server.run("OPTIMIZE TABLE `%s`.copy FINAL".formatted(users.schema()));
    assertThat(server.ask(row)).isEqualTo("1\tread\t\\N");
  }

  @Test
  void aFenceKeepsTheRowsThatItsSnapshotRead() {
    sink.apply(batch(users, create(5, 1L, "old", null), create(6, 2L, "gone", null)));
    sink.apply(batch(users, read(2, 0, 1L, "read again", null)));
    ChangeBatch fence = erasure(users, Version.ofSnapshot(2));
    sink.apply(fence);
    assertThat(current()).isEqualTo("1\tread again\t\\N");
    sink.apply(batch(users, create(6, 2L, "gone", null)));
    sink.apply(fence);
    assertThat(current()).isEqualTo("1\tread again\t\\N");
  }

  /** The fence behind a resync of some keys. */
  @Test
  void aFenceWithAConditionErasesWhatItMeans() {
    sink.apply(
        batch(
            users,
            create(5, 1L, "a", null),
            create(6, 2L, "ghost", null),
            create(7, 3L, "c", null)));
    Erasure fence = new Erasure(version(20), KeyCondition.parse("id < 3"));
    ChangeBatch again = batch(users, update(30, 1L, "repaired", null));
    ChangeBatch fenced =
        new ChangeBatch(again.topic(), users, List.of(fence), again.changes(), again.progress());
    for (int i = 0; i < 2; i++) {
      sink.apply(fenced);
      assertThat(current()).isEqualTo("1\trepaired\t\\N\n3\tc\t\\N");
      // What the fence outranks has no effect when it comes again.
      sink.apply(batch(users, create(6, 2L, "ghost", null)));
    }
  }

  @Test
  void anUnchangedValueIsThatOfTheRow() {
    sink.apply(batch(users, create(5, 1L, "a", "long"), create(6, 2L, "b", null)));
    sink.apply(
        batch(
            users,
            update(7, 1L, "a2", Unchanged.TOAST),
            update(8, 2L, Unchanged.TOAST, "known"),
            create(9, 3L, "c", null)));
    assertThat(current()).isEqualTo("1\ta2\tlong\n2\tb\tknown\n3\tc\t\\N");
  }

  @Test
  void anUnchangedNullStaysNull() {
    sink.apply(batch(users, create(5, 1L, "a", null)));
    sink.apply(batch(users, update(7, 1L, "a2", Unchanged.TOAST)));
    assertThat(current()).isEqualTo("1\ta2\t\\N");
  }

  @Test
  void anUnchangedValueOfARowThatIsNotThereIsRefused() {
    sink.apply(batch(users, create(5, 1L, "a", "long"), delete(6, 2L, null, null)));
    RowChange unknown = update(7, 9L, "x", Unchanged.TOAST);
    assertThatThrownBy(() -> sink.apply(batch(users, unknown)))
        .isInstanceOfSatisfying(
            RefusedChangeException.class,
            e -> assertThat(e.change().orElseThrow()).isSameAs(unknown))
        .hasMessageContainingAll("`bio`", "id=9", "REPLICA IDENTITY FULL");
    RowChange deleted = update(7, 2L, "x", Unchanged.TOAST);
    assertThatThrownBy(() -> sink.apply(batch(users, deleted)))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContainingAll("`bio`", "id=2", "deleted");
    assertThat(current()).isEqualTo("1\ta\tlong");
  }

  @Test
  void everyChangeThatIsRefusedIsNamedAtOnce() {
    sink.apply(batch(users, create(5, 1L, "a", "long")));
    assertThatThrownBy(
            () ->
                sink.apply(
                    batch(
                        users,
                        update(7, 8L, "x", Unchanged.TOAST),
                        update(8, 1L, "b", Unchanged.TOAST),
                        update(9, 9L, "x", Unchanged.TOAST))))
        .isInstanceOfSatisfying(
            RefusedChangesException.class, refused -> assertThat(refused.refusals()).hasSize(2))
        .hasMessageContaining("id=8");
    String half = "\ud800"; // Of a surrogate pair: no UTF-8 has it.
    assertThatThrownBy(
            () ->
                sink.apply(
                    batch(
                        users,
                        create(10, 2L, half, "x"),
                        create(11, 3L, "c", "x"),
                        create(12, 4L, half, "x"))))
        .isInstanceOfSatisfying(
            RefusedChangesException.class, refused -> assertThat(refused.refusals()).hasSize(2))
        .hasMessageContaining("id=2");
  }

  /** Letters from quarantine: what is newer in the table stays. */
  @Test
  void aReplayAppliesWhatIsNotOlderThanTheRow() {
    sink.apply(batch(users, create(5, 1L, "a", "long"), update(9, 2L, "new", "long")));
    ChangeBatch late = batch(users, update(6, 1L, "A", Unchanged.TOAST), update(7, 2L, "old", "x"));
    ChangeBatch replay =
        new ChangeBatch(late.topic(), late.schema(), List.of(), late.changes(), new TreeMap<>());
    sink.apply(replay);
    sink.apply(replay);
    assertThat(current()).isEqualTo("1\tA\tlong\n2\tnew\tlong");
  }

  /** UPDATE users SET id = 2 WHERE id = 1, after the old 2 was deleted in the same batch. */
  @Test
  void aRowThatMovedToAnotherKeyDoesNotGetTheValuesOfTheRowThatHadIt() {
    sink.apply(batch(users, create(5, 1L, "a", "long a"), create(6, 2L, "b", "long b")));
    RowChange moved = create(9, 2L, "a", Unchanged.TOAST);
    ChangeBatch batch =
        new ChangeDeduplicator()
            .deduplicate(batch(users, delete(7, 2L, null, null), delete(8, 1L, null, null), moved));
    assertThatThrownBy(() -> sink.apply(batch))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContainingAll("`bio`", "id=2", "another row", "REPLICA IDENTITY FULL");
    ChangeBatch touched =
        new ChangeDeduplicator()
            .deduplicate(batch(users, moved, update(10, 2L, "a2", Unchanged.TOAST)));
    assertThatThrownBy(() -> sink.apply(touched)).isInstanceOf(RefusedChangeException.class);
    assertThat(
            server.ask(
                "SELECT count() FROM `%s`.users_current WHERE name = 'a2'"
                    .formatted(users.schema())))
        .isEqualTo("0");
  }

  /** The row was made and truncated within one batch, so it never was in ClickHouse. */
  @Test
  void aReplayedUpdateFromBeforeATruncateIsNoError() {
    sink.apply(erasure(users, version(10)));
    ChangeBatch replayed = batch(users, update(6, 1L, "b", Unchanged.TOAST));
    assertThat(sink.apply(replayed)).isZero();
    assertThat(server.newSink().apply(replayed)).isZero();
    // An older erasure that is replayed too does not take it back.
    sink.apply(erasure(users, version(4)));
    assertThat(sink.apply(replayed)).isZero();
    assertThatThrownBy(() -> sink.apply(batch(users, update(11, 1L, "b", Unchanged.TOAST))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContaining("no such row");
    assertThat(current()).isEmpty();
  }

  @Test
  void wideValuesAreFilledAFewAtATime() {
    String wide = "w".repeat(1 << 20);
    List<RowChange> made = new ArrayList<>();
    List<RowChange> touched = new ArrayList<>();
    for (long id = 0; id < 1_500; id++) {
      made.add(create(5, id, "a", id < 70 ? wide : "narrow" + id));
      touched.add(update(6, id, "b", Unchanged.TOAST));
    }
    sink.apply(batch(users, null, made));
    String parts =
        "SELECT count() FROM system.parts WHERE database = '%s' AND table = 'users' AND active"
            .formatted(users.schema());
    server.run("SYSTEM STOP MERGES `%s`.users".formatted(users.schema()));
    long before = Long.parseLong(server.ask(parts));
    assertThat(sink.apply(batch(users, null, touched))).isEqualTo(1_500);
    assertThat(Long.parseLong(server.ask(parts)) - before).isGreaterThanOrEqualTo(2);
    assertThat(
            server.ask(
                "SELECT countIf(name = 'b'), countIf(length(bio) = %d), countIf(bio = concat('narrow', toString(id))) FROM `%s`.users_current"
                    .formatted(wide.length(), users.schema())))
        .isEqualTo("1500\t70\t1430");
  }

  @Test
  void aReplayedUpdateOfARowThatIsGoneByNowIsNoError() {
    ChangeBatch made = batch(users, create(5, 1L, "a", "long"));
    ChangeBatch updated = batch(users, update(6, 1L, "b", Unchanged.TOAST));
    ChangeBatch deleted = batch(users, delete(7, 1L, null, null));
    List<ChangeBatch> history = List.of(made, updated, deleted);
    history.forEach(sink::apply);
    history.forEach(sink::apply);
    assertThat(current()).isEmpty();
    sink.apply(updated);
    assertThat(current()).isEmpty();
  }

  @Test
  void fillsAWholeBatchAndKeysOfSeveralColumns() {
    TableSchema pairs =
        schema(
            TestServer.newSchema(),
            "pairs",
            List.of("b", "a"),
            notNull("a", "int4"),
            nullable("text", "text"),
            notNull("b", "text"));
    List<RowChange> made = new ArrayList<>();
    List<RowChange> touched = new ArrayList<>();
    for (int i = 0; i < 12_000; i++) {
      made.add(create(5, i, "text" + i, "b" + i));
      touched.add(update(6, i, Unchanged.TOAST, "b" + i));
    }
    sink.apply(batch(pairs, null, made));
    assertThat(sink.apply(batch(pairs, null, touched))).isEqualTo(12_000);
    assertThat(
            server.ask(
                "SELECT count(), countIf(text = concat('text', toString(a))), countIf(_version = toUInt128('%s')) FROM `%s`.pairs FINAL"
                    .formatted(version(6).toBigInteger(), pairs.schema())))
        .isEqualTo("12000\t12000\t12000");
  }

  @Test
  void nullWhereNoneMayBeIsRefused() {
    assertThatThrownBy(() -> sink.apply(batch(users, create(5, 1L, null, null))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContainingAll("`name`", "NULL", "id=1");
    assertThatThrownBy(() -> sink.apply(batch(users, create(5, null, "a", null))))
        .isInstanceOf(RefusedChangeException.class)
        .hasMessageContainingAll("`id`", "NULL");
  }
}
