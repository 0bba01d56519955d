package dev.walcdc.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.SourcePosition;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class TransactionEndsTest {

  private final TransactionEnds ends = new TransactionEnds();

  private SourcePosition pass(SourceRecord... records) {
    for (SourceRecord record : records) {
      SourceRow row = SourceRow.of(record);
      if (row != null) {
        ends.pass(row, row.lsn() + 1);
      }
    }
    return ends.take();
  }

  @Test
  void aTransactionEndsWhenAnotherOneFollows() {
    assertThat(pass(Records.insert(7, 10, 1), Records.insert(7, 20, 2))).isNull();
    SourcePosition end = pass(Records.insert(8, 15, 3));
    assertThat(end.lsn()).isEqualTo(20);
    assertThat(end.txId()).isEqualTo(7);
    assertThat(end.offset()).containsEntry("lsn", 20L);
  }

  /**
   * The next transaction's changes must get the version that they have now when they come again.
   */
  @Test
  void aPositionKnowsTheLastCommitOfTheNextTransaction() {
    SourcePosition end = pass(Records.insert(7, 10, 1), Records.insert(8, 15, 3));
    assertThat(end.lastCommitLsn()).isEqualTo(16);
  }

  @Test
  void whatWasTakenIsGone() {
    pass(Records.insert(7, 10, 1), Records.insert(8, 20, 2));
    assertThat(pass(Records.insert(8, 30, 3))).isNull();
  }

  @Test
  void onlyTheLastOfSeveralTransactionsCounts() {
    SourcePosition end =
        pass(Records.insert(7, 10, 1), Records.insert(8, 20, 2), Records.insert(9, 30, 3));
    assertThat(end.txId()).isEqualTo(8);
  }

  @Test
  void debeziumsHeartbeatNeitherEndsATransactionNorIsAPosition() {
    assertThat(pass(Records.insert(7, 10, 1), Records.heartbeat(99), Records.heartbeat(120)))
        .isNull();
    assertThat(pass(Records.tombstone(1))).isNull();
  }

  @Test
  void ofASnapshotOnlyTheLastRowCounts() {
    assertThat(pass(Records.read("t", 1, "first"), Records.read("t", 2, "true"))).isNull();
    assertThat(pass(Records.read("t", 3, "last_in_data_collection"))).isNull();
    SourcePosition end = pass(Records.read("u", 1, "last"));
    assertThat(end.lsn()).isEqualTo(100);
    assertThat(end.txId()).isNull();
  }

  /** A row may lie before the COMMIT of the transaction that was streamed before its own. */
  @Test
  void theSlotMayBeConfirmedBehindTheLastRow() {
    SourcePosition end = pass(Records.insert(7, 10, 1), Records.insert(8, 11, 2));
    assertThat(end.lsn()).isEqualTo(10);
    assertThat(end.confirmedLsn()).isEqualTo(7_000);
  }
}
