package dev.walcdc.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.envelope.EnvelopeNormalizer;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UserEventGeneratorTest {

  private static final Instant NOW = Instant.parse("2026-11-01T00:00:00.000001Z");

  @Test
  void theSeedAndTheClockDetermineEverything() {
    assertThat(shown(7)).isEqualTo(shown(7)).isNotEqualTo(shown(8));
  }

  private static List<String> shown(long seed) {
    return records(seed, NOW, 300).stream()
        .map(r -> r.topic() + text(r.key()) + (r.value() == null ? "" : text(r.value())))
        .toList();
  }

  @Test
  void theSchemaComesFirstAndAlone() {
    UserEventGenerator generator = generator(7, NOW);

    List<OutgoingRecord> first = generator.next(10);

    assertThat(first).hasSize(1);
    TableSchema schema = TableSchema.fromJson(first.get(0).value());
    assertThat(first.get(0).topic()).isEqualTo("synthetic.schemas");
    assertThat(text(first.get(0).key())).isEqualTo(schema.fingerprint());
    assertThat(first.get(0).schema()).isNull();
    assertThat(generator.next(10))
        .allSatisfy(
            record -> {
              assertThat(record.topic()).isEqualTo("synthetic.app.users");
              assertThat(record.schema()).isEqualTo(schema.fingerprint());
            });
  }

  /** The log may not have taken the first one, and may not keep it for ever. */
  @Test
  void theSchemaComesAgain() {
    UserEventGenerator generator = generator(7, NOW);
    List<List<OutgoingRecord>> schemas = new ArrayList<>();
    for (int i = 0; i < 201; i++) {
      List<OutgoingRecord> records = generator.next(1);
      if (records.get(0).topic().equals("synthetic.schemas")) {
        schemas.add(records);
      }
    }
    assertThat(schemas).hasSize(3).allSatisfy(records -> assertThat(records).hasSize(1));
  }

  @Test
  void theNormalizerReadsTheEnvelopesAndTheyMakeAHistory() {
    ChangeBatch changes = normalized(7, NOW, 400);

    assertThat(changes.changes()).hasSize(400);
    assertThat(changes.changes()).extracting(c -> c.point().operation()).contains(Operation.UPDATE);
    Set<Object> alive = new HashSet<>();
    Version last = Version.NONE;
    for (RowChange change : changes.changes()) {
      Object id = change.row()[0];
      switch (change.point().operation()) {
        case CREATE -> assertThat(alive.add(id)).isTrue();
        case UPDATE -> assertThat(alive).contains(id);
        case DELETE -> assertThat(alive.remove(id)).isTrue();
        case READ -> throw new AssertionError("There is no snapshot");
      }
      assertThat(change.version()).isGreaterThan(last);
      assertThat(change.version().lastCommitLsn()).isLessThan(change.version().lsn());
      last = change.version();
    }
  }

  @Test
  void aTombstoneFollowsEveryDeletion() {
    List<OutgoingRecord> records = records(7, NOW, 500);

    int tombstones = 0;
    for (int i = 1; i < records.size(); i++) {
      if (records.get(i).value() == null) {
        tombstones++;
        assertThat(text(records.get(i - 1).value())).contains("\"op\":\"d\"");
        assertThat(records.get(i).key()).isEqualTo(records.get(i - 1).key());
      }
    }
    assertThat(tombstones).isPositive();
  }

  @Test
  void eventsAfterARestartOutrankThoseBefore() {
    List<RowChange> before = normalized(7, NOW, 500).changes();
    List<RowChange> after = normalized(7, NOW.plusSeconds(1), 500).changes();

    assertThat(after.get(0).version()).isGreaterThan(before.get(499).version());
  }

  @Test
  void aClockThatGoesBackDoesNotTakeTheLsnAlong() {
    Instant[] now = {NOW};
    Clock clock =
        new Clock() {
          @Override
          public Instant instant() {
            now[0] = now[0].minusSeconds(1);
            return now[0];
          }

          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(java.time.ZoneId zone) {
            return this;
          }
        };
    List<RowChange> changes =
        normalized(new UserEventGenerator("synthetic", new Random(7), clock), 100).changes();

    for (int i = 1; i < changes.size(); i++) {
      assertThat(changes.get(i).version()).isGreaterThan(changes.get(i - 1).version());
    }
  }

  private static UserEventGenerator generator(long seed, Instant now) {
    return new UserEventGenerator("synthetic", new Random(seed), Clock.fixed(now, ZoneOffset.UTC));
  }

  private static List<OutgoingRecord> records(long seed, Instant now, int count) {
    UserEventGenerator generator = generator(seed, now);
    List<OutgoingRecord> records = new ArrayList<>(generator.next(count));
    records.addAll(generator.next(count));
    return records;
  }

  private static ChangeBatch normalized(long seed, Instant now, int count) {
    return normalized(generator(seed, now), count);
  }

  private static ChangeBatch normalized(UserEventGenerator generator, int count) {
    TableSchema schema = TableSchema.fromJson(generator.next(1).get(0).value());
    List<LogRecord> log = new ArrayList<>();
    for (OutgoingRecord record : generator.next(count)) {
      log.add(
          new LogRecord(
              0, log.size(), record.key(), record.value(), record.ordinal(), record.fence()));
    }
    return new EnvelopeNormalizer().normalize(new LogBatch("synthetic.app.users", schema, log));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
