package dev.walcdc.capture.debezium;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.CapturedBatch;
import dev.walcdc.capture.SourcePosition;
import dev.walcdc.capture.StreamedTable;
import dev.walcdc.capture.TableSchemas;
import dev.walcdc.capture.resync.Signal;
import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class BatchConverterTest {

  private static final Definition TABLE =
      new Definition(
          1,
          List.of(new Column("id", PostgresType.of("int8"), false, 1)),
          List.of("id"),
          false,
          Set.of(),
          Set.of(1),
          "f",
          "a");

  private static final OwnTables OWN = new OwnTables("app.heartbeat", "app.signal");

  private static BatchConverter startingAt(SourcePosition start) {
    return startingAt(start, StreamFollower.NONE);
  }

  private static BatchConverter startingAt(SourcePosition start, StreamFollower follower) {
    TableSchemas schemas =
        new TableSchemas(table -> Optional.of(TABLE), (table, reason) -> {}, List.of(), 1);
    StreamedTable streamed =
        new StreamedTable(
            new TableName("app", "t"),
            1,
            List.of(new StreamedTable.Attribute("id", PostgresType.of("int8"))),
            TABLE.key(),
            TABLE);
    Relations relations = new Relations(relation -> streamed);
    relations.begin(null);
    relations.end(Records.ENVELOPE);
    return new BatchConverter(
        schemas, OWN, start, relations, follower, new DeferrableKeys((table, reason) -> {}));
  }

  private static SourcePosition position(long lsn, Long txId) {
    return new SourcePosition(lsn, lsn, 500, txId, Map.of("lsn", lsn));
  }

  private static List<String> keys(CapturedBatch batch) {
    return batch.records().stream()
        .map(r -> new String(r.key(), UTF_8) + (r.value() == null ? " gone" : ""))
        .toList();
  }

  private static CapturedBatch convert(BatchConverter converter, SourceRecord... records) {
    return converter.convert(List.of(records));
  }

  @Test
  void aRowBecomesARecordThatNamesItsSchema() {
    CapturedBatch batch = convert(startingAt(null), Records.insert(7, 10, 1));
    OutgoingRecord record = batch.records().get(0);
    assertThat(record.topic()).isEqualTo("p.app.t");
    assertThat(new String(record.key(), UTF_8)).isEqualTo("{\"id\":1}");
    assertThat(new String(record.value(), UTF_8))
        .startsWith("{\"before\":null,\"after\":{\"id\":1}");
    assertThat(batch.schemas()).hasSize(1);
    assertThat(record.schema()).isEqualTo(batch.schemas().get(0).fingerprint());
  }

  @Test
  void aSchemaIsHandedOutOnce() {
    BatchConverter converter = startingAt(null);
    convert(converter, Records.insert(7, 10, 1));
    assertThat(convert(converter, Records.insert(8, 20, 2)).schemas()).isEmpty();
  }

  @Test
  void aTruncateGoesToEveryPartition() {
    CapturedBatch batch =
        convert(startingAt(null), Records.insert(7, 10, 1), Records.truncate(7, 20));
    assertThat(batch.records())
        .extracting(OutgoingRecord::partition)
        .containsExactly(OutgoingRecord.BY_KEY, OutgoingRecord.EVERY);
  }

  @Test
  void aTombstoneFollowsItsDeletion() {
    CapturedBatch batch = convert(startingAt(null), Records.delete(7, 10, 1), Records.tombstone(1));
    assertThat(keys(batch)).containsExactly("{\"id\":1}", "{\"id\":1} gone");
    assertThat(batch.records().get(1).schema()).isEqualTo(batch.records().get(0).schema());
  }

  @Test
  void aTombstoneFollowsADeletionThatEndsTheBatchBefore() {
    BatchConverter converter = startingAt(null);
    convert(converter, Records.delete(7, 10, 1));
    assertThat(keys(convert(converter, Records.tombstone(1)))).containsExactly("{\"id\":1} gone");
  }

  @Test
  void rowsOfTheHeartbeatTableAreNotForwardedButEndTransactions() {
    CapturedBatch batch =
        convert(
            startingAt(null),
            Records.insert(7, 10, 1),
            Records.beat(8, 20),
            Records.tombstone(1),
            Records.heartbeat(99));
    assertThat(keys(batch)).containsExactly("{\"id\":1}");
    assertThat(batch.confirmable().txId()).isEqualTo(7);
  }

  /** What a signal calls for comes between the changes before it and those after. */
  @Test
  void aSignalIsHeardAtItsPlaceAndNotForwarded() {
    List<String> heard = new ArrayList<>();
    StreamFollower answers =
        new StreamFollower() {
          @Override
          public void change(SourceRow row) {
            heard.add(row.name() + "@" + row.lsn());
          }

          @Override
          public List<OutgoingRecord> signal(Signal signal, SourceRow at) {
            heard.add(signal.kind() + " " + signal.body() + "@" + at.lsn());
            return List.of(OutgoingRecord.plain("p.app.t", "answer".getBytes(UTF_8), null));
          }
        };
    CapturedBatch batch =
        startingAt(null, answers)
            .convert(
                List.of(
                    Records.insert(7, 10, 1),
                    Records.signal("c", 8, 20),
                    Records.signal("d", 8, 21),
                    Records.insert(9, 30, 2)));
    assertThat(keys(batch)).containsExactly("{\"id\":1}", "answer gone", "{\"id\":2}");
    assertThat(heard).containsExactly("app.t@10", "mark body@20", "app.t@30");
  }

  @Test
  void theTransactionThatWasConfirmedIsLeftOut() {
    CapturedBatch batch =
        convert(
            startingAt(position(20, 7L)),
            Records.insert(7, 10, 1),
            Records.delete(7, 20, 2),
            Records.tombstone(2),
            Records.insert(8, 15, 3),
            Records.insert(7, 20, 4));
    assertThat(keys(batch)).containsExactly("{\"id\":3}", "{\"id\":4}");
  }

  private static List<String> sequences(CapturedBatch batch) {
    return batch.records().stream()
        .map(r -> new String(r.value(), UTF_8).replaceAll(".*\"sequence\":|,\"op.*", ""))
        .map(r -> r.replaceAll("[^0-9,nul]", ""))
        .toList();
  }

  /** What Debezium knows after a restart is older than what it knew before. */
  @Test
  void theLastCommitNeverGoesBack() {
    BatchConverter converter = startingAt(position(20, 7L));
    assertThat(
            sequences(
                convert(
                    converter,
                    Records.insert(8, 25, 400, 1),
                    Records.insert(9, 22, 510, 2),
                    Records.insert(10, 26, 505, 3))))
        .containsExactly("500,25", "510,22", "510,26");
    assertThat(convert(converter, Records.insert(11, 30, 600, 4)).confirmable().lastCommitLsn())
        .isEqualTo(600);
  }

  @Test
  void rowsOfASnapshotHaveNoLastCommit() {
    assertThat(sequences(convert(startingAt(null), Records.read("t", 1, "first"))))
        .containsExactly("null,100");
  }

  @Test
  void afterASnapshotNothingIsLeftOut() {
    CapturedBatch batch = convert(startingAt(position(20, null)), Records.insert(7, 10, 1));
    assertThat(keys(batch)).containsExactly("{\"id\":1}");
  }

  @Test
  void theSnapshotEndsOnceWithItsLastRow() {
    BatchConverter converter = startingAt(null);
    assertThat(convert(converter, Records.read("t", 1, "first")).snapshotEnds()).isFalse();
    CapturedBatch last = convert(converter, Records.read("heartbeat", 1, "last"));
    assertThat(last.snapshotEnds()).isTrue();
    assertThat(last.confirmable().txId()).isNull();
    assertThat(convert(converter, Records.insert(7, 200, 1)).snapshotEnds()).isFalse();
  }

  @Test
  void aSnapshotWithoutRowsEndsWithTheFirstChange() {
    CapturedBatch batch = convert(startingAt(null), Records.insert(7, 10, 1));
    assertThat(batch.snapshotEnds()).isTrue();
    assertThat(batch.confirmable()).isNull();
  }
}
