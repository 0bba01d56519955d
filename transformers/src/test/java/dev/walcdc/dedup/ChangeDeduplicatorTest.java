package dev.walcdc.dedup;

import static dev.walcdc.TestLog.KEYED;
import static dev.walcdc.TestLog.TOPIC;
import static dev.walcdc.TestLog.column;
import static dev.walcdc.TestLog.schema;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import dev.walcdc.schema.TableSchema;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChangeDeduplicatorTest {

  private final ChangeDeduplicator deduplicator = new ChangeDeduplicator();

  @Test
  void theLastChangeOfEachRowStays() {
    RowChange first = change(Operation.CREATE, 10, 1L, "a");
    RowChange other = change(Operation.CREATE, 11, 2L, "x");
    RowChange last = change(Operation.UPDATE, 12, 1L, "b");

    List<RowChange> folded = fold(KEYED, first, other, last);

    assertThat(folded).hasSize(2);
    assertThat(folded.get(0).point()).isEqualTo(last.point());
    assertThat(folded.get(0).row()).containsExactly(1L, "b");
    assertThat(folded.get(1)).isSameAs(other);
  }

  @Test
  void aRowCreatedAndDeletedKeepsWhereItBegan() {
    RowChange create = change(Operation.CREATE, 10, 1L, "a");
    RowChange delete = change(Operation.DELETE, 12, 1L, "a");

    RowChange folded = fold(KEYED, create, delete).get(0);

    assertThat(folded.isDelete()).isTrue();
    assertThat(folded.since()).isEqualTo(create.point());
    assertThat(folded.version()).isEqualTo(delete.version());
  }

  @Test
  void aKeyThatIsUsedAgainLives() {
    List<RowChange> folded =
        fold(
            KEYED, change(Operation.DELETE, 10, 1L, null), change(Operation.CREATE, 11, 1L, "new"));

    assertThat(folded).hasSize(1);
    assertThat(folded.get(0).isDelete()).isFalse();
    assertThat(folded.get(0).since().operation()).isEqualTo(Operation.DELETE);
    assertThat(folded.get(0).row()).containsExactly(1L, "new");
  }

  @Test
  void takesUnchangedValuesFromTheRowsOwnChain() {
    RowChange update = change(Operation.UPDATE, 11, 1L, Unchanged.TOAST);
    RowChange again = change(Operation.UPDATE, 12, 1L, Unchanged.TOAST);

    RowChange folded = fold(KEYED, change(Operation.CREATE, 10, 1L, "long"), update, again).get(0);

    assertThat(folded.row()).containsExactly(1L, "long");
    assertThat(folded.version()).isEqualTo(again.version());
    assertThat(update.row()).as("the input stays as it was").contains(Unchanged.TOAST);
    assertThat(again.row()).as("the input stays as it was").contains(Unchanged.TOAST);
  }

  @Test
  void anUnchangedNullIsNull() {
    RowChange folded =
        fold(
                KEYED,
                change(Operation.CREATE, 10, 1L, null),
                change(Operation.UPDATE, 11, 1L, Unchanged.TOAST))
            .get(0);

    assertThat(folded.row()).containsExactly(1L, null);
  }

  @Test
  void whatTheChainDoesNotKnowStaysMarked() {
    RowChange folded =
        fold(
                KEYED,
                change(Operation.UPDATE, 10, 1L, Unchanged.TOAST),
                change(Operation.UPDATE, 11, 1L, Unchanged.TOAST))
            .get(0);

    assertThat(folded.row()).containsExactly(1L, Unchanged.TOAST);
  }

  @Test
  void takesNoValueFromADeletedRow() {
    RowChange folded =
        fold(
                KEYED,
                change(Operation.DELETE, 10, 1L, "old"),
                change(Operation.CREATE, 11, 1L, Unchanged.TOAST))
            .get(0);

    assertThat(folded.row()).containsExactly(1L, Unchanged.TOAST);
  }

  @Test
  void aReplayInsideABatchChangesNothing() {
    RowChange create = change(Operation.CREATE, 10, 1L, "a");
    RowChange update = change(Operation.UPDATE, 11, 1L, "b");
    RowChange delete = change(Operation.DELETE, 12, 1L, null);

    assertThat(fold(KEYED, create, update, create).get(0).row()).containsExactly(1L, "b");
    assertThat(fold(KEYED, create, delete, create, update).get(0).isDelete()).isTrue();
    RowChange whole = fold(KEYED, create, update, delete, create, update, delete).get(0);
    assertThat(whole.isDelete()).isTrue();
    assertThat(whole.since()).isEqualTo(create.point());
  }

  @Test
  void ofEqualVersionsTheLaterOnTheLogStays() {
    RowChange folded =
        fold(
                KEYED,
                change(Operation.READ, 0, 1L, "first try"),
                change(Operation.READ, 0, 1L, "second try"))
            .get(0);

    assertThat(folded.row()).containsExactly(1L, "second try");
  }

  @Test
  void rowsWithoutAKeyAllStay() {
    TableSchema keyless = schema(List.of(), column("id", "int8"), column("body", "text"));
    ChangeBatch batch =
        batch(
            keyless, change(Operation.CREATE, 10, 1L, "a"), change(Operation.CREATE, 10, 1L, "a"));

    assertThat(deduplicator.deduplicate(batch)).isSameAs(batch);
  }

  @Test
  void comparesKeysByTheirContent() {
    TableSchema bytes = schema(List.of("id"), column("id", "bytea"), column("body", "text"));
    assertThat(
            fold(
                bytes,
                change(Operation.CREATE, 10, new byte[] {1, 2}, "a"),
                change(Operation.UPDATE, 11, new byte[] {1, 2}, "b"),
                change(Operation.CREATE, 12, new byte[] {2, 1}, "c")))
        .hasSize(2);

    TableSchema pair =
        schema(List.of("body", "id"), column("id", "numeric"), column("body", "text"));
    assertThat(
            fold(
                pair,
                change(Operation.CREATE, 10, new BigDecimal("1.0"), "a"),
                change(Operation.CREATE, 11, new BigDecimal("1.0"), "b"),
                change(Operation.DELETE, 12, new BigDecimal("1.0"), "a")))
        .extracting(RowChange::isDelete)
        .containsExactly(true, false);
  }

  @Test
  void everythingElseOfTheBatchStays() {
    ChangeBatch batch =
        new ChangeBatch(
            TOPIC,
            KEYED,
            List.of(Erasure.below(Version.ofSnapshot(2))),
            List.of(change(Operation.CREATE, 10, 1L, "a"), change(Operation.UPDATE, 11, 1L, "b")),
            new TreeMap<>(java.util.Map.of(0, new PartitionProgress(2, 2, null, 0))));

    ChangeBatch folded = deduplicator.deduplicate(batch);

    assertThat(folded.topic()).isEqualTo(TOPIC);
    assertThat(folded.schema()).isSameAs(KEYED);
    assertThat(folded.erasures()).containsExactly(Erasure.below(Version.ofSnapshot(2)));
    assertThat(folded.progress()).isEqualTo(batch.progress());
    assertThat(folded.changes()).hasSize(1);
  }

  private List<RowChange> fold(TableSchema schema, RowChange... changes) {
    return deduplicator.deduplicate(batch(schema, changes)).changes();
  }

  private static ChangeBatch batch(TableSchema schema, RowChange... changes) {
    return new ChangeBatch(TOPIC, schema, List.of(), Arrays.asList(changes), new TreeMap<>());
  }

  private static RowChange change(Operation operation, long lsn, Object key, Object body) {
    ChangePoint point = new ChangePoint(operation, Version.of(1, 0, lsn), 0);
    return RowChange.of(point, new Object[] {key, body}, 0, 0, lsn);
  }
}
