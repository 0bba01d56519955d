package dev.walcdc.envelope;

import static dev.walcdc.TestLog.EPOCH;
import static dev.walcdc.TestLog.KEYED;
import static dev.walcdc.TestLog.TOPIC;
import static dev.walcdc.TestLog.batch;
import static dev.walcdc.TestLog.envelope;
import static dev.walcdc.TestLog.fence;
import static dev.walcdc.TestLog.record;
import static dev.walcdc.TestLog.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.KeyCondition;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RefusedChangesException;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.log.LogRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeNormalizerTest {

  private static final String AT = "Record at offset 41 of " + TOPIC + "-2 cannot be applied: ";

  private final EnvelopeNormalizer normalizer = new EnvelopeNormalizer();

  @Test
  void makesTypedChangesInTheOrderOfTheLog() {
    ChangeBatch changes =
        normalizer.normalize(
            batch(
                KEYED,
                record(0, 10, envelope("c", "null", row(1, "a"), 90, 100)),
                record(0, 11, envelope("u", "null", row(1, "b"), 100, 110)),
                record(0, 12, envelope("d", row(1, "b"), "null", 110, 120)),
                record(0, 13, null)));

    assertThat(changes.topic()).isEqualTo(TOPIC);
    assertThat(changes.schema()).isSameAs(KEYED);
    assertThat(changes.erasures()).isEmpty();
    assertThat(changes.changes())
        .extracting(c -> c.point().operation())
        .containsExactly(Operation.CREATE, Operation.UPDATE, Operation.DELETE);
    assertThat(changes.changes())
        .extracting(RowChange::version)
        .containsExactly(
            Version.of(EPOCH, 90, 100), Version.of(EPOCH, 100, 110), Version.of(EPOCH, 110, 120));
    assertThat(changes.changes()).extracting(c -> c.row()[1]).containsExactly("a", "b", "b");
    assertThat(changes.changes()).allSatisfy(c -> assertThat(c.since()).isEqualTo(c.point()));
    assertThat(changes.changes().get(2).isDelete()).isTrue();
  }

  @Test
  void ranksEverySnapshotRowAtTheBeginningOfItsEpoch() {
    RowChange read = only(record(0, 0, envelope("r", "null", row(1, "a"), 0, 100)));

    assertThat(read.version()).isEqualTo(Version.of(EPOCH, 0, 0));
    assertThat(read.point().operation()).isEqualTo(Operation.READ);
  }

  @Test
  void keepsTheOrdinalThatTellsChangesOfOneLsnApart() {
    LogRecord third =
        new LogRecord(1, 5, null, envelope("c", "null", row(1, "a"), 90, 100), 2, null);

    RowChange change = only(third);

    assertThat(change.point().ordinal()).isEqualTo(2);
    assertThat(change.partition()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'[\"26619888\",\"26620000\"]' | 26619888",
        "'[null,\"26620000\"]' | 0",
        "'[]' | 0",
        "'' | 0"
      })
  void takesTheLastCommitFromTheSequence(String sequence, long lastCommit) {
    String json =
        "{\"after\":%s,\"source\":{\"sequence\":\"%s\",\"lsn\":5},\"op\":\"c\"}"
            .formatted(row(1, "a"), sequence.replace("\"", "\\\""));

    assertThat(only(record(0, 0, bytes(json))).version())
        .isEqualTo(Version.of(EPOCH, lastCommit, 5));
  }

  @Test
  void prefersTheCommitTimeInMicroseconds() {
    String json = "{\"after\":%s,\"source\":{%s,\"lsn\":5},\"op\":\"c\"}";
    String millis = "\"ts_ms\":1700000000123";
    String micros = "\"ts_us\":1700000000123456";

    for (String times : List.of(millis + "," + micros, micros + "," + millis)) {
      assertThat(only(record(0, 0, bytes(json.formatted(row(1, "a"), times)))).committedAtMicros())
          .isEqualTo(1_700_000_000_123_456L);
    }
    assertThat(only(record(0, 0, bytes(json.formatted(row(1, "a"), millis)))).committedAtMicros())
        .isEqualTo(1_700_000_000_123_000L);
  }

  @Test
  void acceptsColumnsInAnyOrder() {
    String json =
        "{\"op\":\"c\",\"source\":{\"lsn\":5},\"after\":{\"body\":\"a\",\"id\":1},\"before\":null}";

    assertThat(only(record(0, 0, bytes(json))).row()).containsExactly(1L, "a");
  }

  @Test
  void truncateErasesWhatItOutranksAndNothingElse() {
    ChangeBatch changes =
        normalizer.normalize(
            batch(
                KEYED,
                record(0, 0, envelope("c", "null", row(1, "a"), 90, 100)),
                record(0, 1, envelope("t", "null", "null", 100, 110)),
                record(0, 2, envelope("c", "null", row(2, "b"), 100, 111))));

    assertThat(changes.erasures()).containsExactly(Erasure.below(Version.of(EPOCH, 100, 110)));
    assertThat(changes.changes()).extracting(c -> c.row()[0]).containsExactly(2L);
  }

  @Test
  void ofSeveralErasuresTheHighestCounts() {
    ChangeBatch changes =
        normalizer.normalize(
            batch(
                KEYED,
                record(0, 0, envelope("t", "null", "null", 100, 110)),
                record(0, 1, envelope("t", "null", "null", 90, 95)),
                fence(0, 2, EPOCH)));

    assertThat(changes.erasures()).containsExactly(Erasure.below(Version.of(EPOCH, 100, 110)));
  }

  /** A row that was read again in the middle of the stream has its place there. */
  @Test
  void aRowReadInMidStreamHasTheVersionOfItsPlace() {
    RowChange change = only(record(0, 1, envelope("r", "null", row(1, "a"), 90, 100)));
    assertThat(change.point().operation()).isEqualTo(Operation.READ);
    assertThat(change.version()).isEqualTo(Version.of(EPOCH, 90, 100));
  }

  @Test
  void aFenceWithAConditionOutranksOnlyWhatItMeans() {
    Erasure fence =
        new Erasure(Version.of(EPOCH, 200, 210), KeyCondition.parse("id >= 2 AND id < 4"));
    ChangeBatch changes =
        normalizer.normalize(
            batch(
                KEYED,
                record(0, 1, envelope("c", "null", row(1, "a"), 90, 100)),
                record(0, 2, envelope("c", "null", row(2, "b"), 90, 101)),
                record(0, 3, envelope("c", "null", row(3, "c"), 220, 230)),
                new LogRecord(0, 4, null, null, 0, fence),
                new LogRecord(1, 1, null, null, 0, fence)));
    assertThat(changes.erasures()).containsExactly(fence);
    assertThat(changes.changes()).extracting(c -> c.row()[0]).containsExactly(1L, 3L);
  }

  @Test
  void fenceErasesOlderEpochsButNoRowOfItsOwn() {
    ChangeBatch changes =
        normalizer.normalize(
            batch(
                KEYED,
                record(0, 0, envelope("r", "null", row(1, "a"), 0, 0)),
                record(0, 1, envelope("c", "null", row(2, "b"), 90, 100)),
                fence(0, 2, EPOCH)));

    assertThat(changes.erasures()).containsExactly(Erasure.below(Version.ofSnapshot(EPOCH)));
    assertThat(changes.changes()).hasSize(2);
    assertThat(changes.progress().get(0).erasedBelow()).isEqualTo(Version.ofSnapshot(EPOCH));

    ChangeBatch next =
        normalizer.normalize(
            batch(
                KEYED,
                record(0, 0, envelope("r", "null", row(1, "a"), 0, 0)),
                record(0, 1, envelope("c", "null", row(2, "b"), 90, 100)),
                fence(0, 2, EPOCH + 1)));
    assertThat(next.erasures()).containsExactly(Erasure.below(Version.ofSnapshot(EPOCH + 1)));
    assertThat(next.changes()).isEmpty();
    assertThat(next.isEmpty()).isFalse();
  }

  @Test
  void tombstonesAloneStillMakeProgress() {
    ChangeBatch changes = normalizer.normalize(batch(KEYED, record(4, 7, null)));

    assertThat(changes.isEmpty()).isTrue();
    assertThat(changes.progress()).containsOnlyKeys(4);
    assertThat(changes.progress().get(4)).isEqualTo(new PartitionProgress(8, 1, null, 0));
  }

  @Test
  void reportsProgressOfEachPartition() {
    ChangeBatch changes =
        normalizer.normalize(
            batch(
                KEYED,
                record(1, 20, envelope("c", "null", row(1, "a"), 90, 200)),
                record(0, 5, envelope("c", "null", row(2, "b"), 90, 100)),
                // A replay: what came before counts as the last change, offsets go on.
                record(1, 21, envelope("c", "null", row(3, "c"), 80, 89)),
                record(1, 22, envelope("t", "null", "null", 300, 310)),
                record(1, 25, null)));

    assertThat(changes.progress()).containsOnlyKeys(0, 1);
    PartitionProgress one = changes.progress().get(1);
    assertThat(one.nextOffset()).isEqualTo(26);
    assertThat(one.records()).isEqualTo(4);
    assertThat(one.last().version()).isEqualTo(Version.of(EPOCH, 90, 200));
    assertThat(one.committedAtMicros()).isEqualTo(2_000_000);
    PartitionProgress zero = changes.progress().get(0);
    assertThat(zero.nextOffset()).isEqualTo(6);
    assertThat(zero.records()).isEqualTo(1);
  }

  @Test
  void namesAnUnknownColumn() {
    assertRefused(
        envelope("c", "null", "{\"id\":1,\"body\":\"a\",\"extra\":1}", 90, 100),
        "its column `extra` is not in schema " + KEYED.fingerprint() + " of `app.t`");
  }

  @Test
  void namesAMissingColumn() {
    assertRefused(
        envelope("c", "null", "{\"id\":1}", 90, 100), "column `body` of `app.t` is missing");
  }

  @Test
  void namesTheColumnOfAWrongType() {
    assertRefused(
        envelope("c", "null", "{\"id\":\"one\",\"body\":\"a\"}", 90, 100),
        "column `id` holds no int8");
  }

  @Test
  void refusesAChangeThatDoesNotSayWhichRowItMeans() {
    String reason = "it does not say which row it means, for key column `id` is null";
    assertRefused(envelope("d", "{\"id\":null,\"body\":null}", "null", 90, 100), reason);
    assertRefused(envelope("u", "null", "{\"id\":null,\"body\":\"a\"}", 90, 100), reason);
  }

  /** {@code UPDATE t SET id = 2 WHERE id = 1} where {@code body} is long. */
  @Test
  void refusesAMovedRowWhoseLongValueIsNotThere() {
    assertRefused(
        envelope("c", "null", row(2, "__debezium_unavailable_value"), 90, 100),
        "it makes a row without a value for column `body`");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "7",
        "null",
        "{",
        "{}",
        "{\"after\":{\"id\":1,\"bo",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":{\"lsn\":5}} {\"op\":\"d\"}",
        "{\"op\":\"c\",\"after\":5,\"source\":{\"lsn\":5}}",
        "{\"op\":\"c\",\"after\":[1],\"source\":{\"lsn\":5}}",
        "{\"op\":\"c\",\"after\":null,\"source\":{\"lsn\":5}}",
        "{\"op\":\"d\",\"before\":null,\"source\":{\"lsn\":5}}",
        "{\"op\":\"x\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":{\"lsn\":5}}",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"}}",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":7}",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":{\"lsn\":\"5\"}}",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":{\"lsn\":-5}}",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":{\"lsn\":72057594037927936}}",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":{\"lsn\":5,\"sequence\":\"[\\\"x\\\",\\\"5\\\"]\"}}",
        "{\"op\":\"c\",\"after\":{\"id\":1,\"body\":\"a\"},\"source\":{\"lsn\":5,\"sequence\":\"[\\\"-1\\\",\\\"5\\\"]\"}}",
        "{\"op\":\"t\"}"
      })
  void saysWhereABrokenRecordLies(String json) {
    assertRefused(bytes(json), "");
  }

  private void assertRefused(byte[] value, String reason) {
    LogRecord good = record(2, 40, envelope("c", "null", row(1, "a"), 90, 100));
    assertThatThrownBy(() -> normalizer.normalize(batch(KEYED, good, record(2, 41, value))))
        .isInstanceOf(RefusedChangesException.class)
        .hasMessageStartingWith(AT)
        .hasMessageContaining(reason)
        .satisfies(e -> assertThat(e.getMessage().length()).isGreaterThan(AT.length()));
  }

  private RowChange only(LogRecord... records) {
    ChangeBatch changes = normalizer.normalize(batch(KEYED, records));
    assertThat(changes.changes()).as(Arrays.toString(records)).hasSize(1);
    return changes.changes().get(0);
  }

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }
}
