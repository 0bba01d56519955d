package dev.walcdc.synthetic;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.log.TopicNames;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Makes events of users who sign up, change and leave, in the envelope that capture writes: a
 * source for trying and watching the pipeline without a database. The LSN is the clock in
 * microseconds, so that events after a restart outrank those before. Not safe for use by several
 * threads.
 */
public final class UserEventGenerator {

  private static final String SCHEMA = "app";
  private static final String TABLE = "users";
  private static final int CREATE_PERCENT = 60;
  private static final int UPDATE_PERCENT = 30;
  private static final int SCHEMA_EVERY = 100;
  private static final int KEPT_USERS = 10_000;
  private static final String[] NAMES = {
    "Ada", "Grace", "Edsger", "Barbara", "Tony", "Radia", "Donald", "Frances", "Niklaus", "Shafi"
  };

  private static final TableSchema USERS =
      new TableSchema(
          SCHEMA,
          TABLE,
          List.of(
              new Column("id", PostgresType.of("int8"), false, 1),
              new Column("name", PostgresType.of("text"), false, 2),
              new Column("email", PostgresType.of("text"), false, 3)),
          List.of("id"),
          1,
          1);

  private final String topicPrefix;
  private final Random random;
  private final Clock clock;
  private final JsonFactory json = new JsonFactory();
  private final List<User> users = new ArrayList<>();
  private long lastLsn;
  private int batches;

  private record User(long id, String name, String email) {}

  /** Events under this topic prefix, different ones at every start. */
  public UserEventGenerator(String topicPrefix) {
    this(topicPrefix, new Random(), Clock.systemUTC());
  }

  /** Events that the seed and the clock determine. */
  public UserEventGenerator(String topicPrefix, Random random, Clock clock) {
    this.topicPrefix = topicPrefix;
    this.random = random;
    this.clock = clock;
  }

  /**
   * The next records for the log. The very first call gives only the schema, which is to be durable
   * before the records that name it. It comes again every {@value #SCHEMA_EVERY} calls: nobody
   * tells this generator whether the log took it, and a sink waits until it finds it there.
   *
   * @param count how many changes; a deletion is followed by its tombstone
   */
  public List<OutgoingRecord> next(int count) {
    if (batches++ % SCHEMA_EVERY == 0) {
      byte[] key = USERS.fingerprint().getBytes(StandardCharsets.US_ASCII);
      return List.of(OutgoingRecord.plain(topicPrefix + ".schemas", key, USERS.toJson()));
    }
    List<OutgoingRecord> records = new ArrayList<>(count + count / 4);
    for (int i = 0; i < count; i++) {
      change(records);
    }
    return records;
  }

  private void change(List<OutgoingRecord> records) {
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    long previousLsn = lastLsn == 0 ? now - 1 : lastLsn;
    lastLsn = Math.max(now, lastLsn + 1);
    int dice = random.nextInt(100);
    if (users.isEmpty() || (dice < CREATE_PERCENT && users.size() < KEPT_USERS)) {
      User user = user(lastLsn);
      users.add(user);
      records.add(record(user.id(), envelope("c", null, user, previousLsn, now)));
    } else if (dice < CREATE_PERCENT + UPDATE_PERCENT) {
      int index = random.nextInt(users.size());
      User user = user(users.get(index).id());
      users.set(index, user);
      records.add(record(user.id(), envelope("u", null, user, previousLsn, now)));
    } else {
      User user = users.remove(random.nextInt(users.size()));
      records.add(record(user.id(), envelope("d", user, null, previousLsn, now)));
      records.add(record(user.id(), null));
    }
  }

  private User user(long id) {
    String name = NAMES[random.nextInt(NAMES.length)];
    return new User(
        id,
        name,
        "%s+%d@example.com".formatted(name.toLowerCase(Locale.ROOT), random.nextInt(1_000_000)));
  }

  private OutgoingRecord record(long id, byte[] envelope) {
    byte[] key = "{\"id\":%d}".formatted(id).getBytes(StandardCharsets.US_ASCII);
    return new OutgoingRecord(
        TopicNames.of(topicPrefix, SCHEMA, TABLE),
        OutgoingRecord.BY_KEY,
        key,
        envelope,
        USERS.fingerprint(),
        0,
        null);
  }

  private byte[] envelope(String op, User before, User after, long previousLsn, long nowMicros) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = json.createGenerator(bytes)) {
      out.writeStartObject();
      user(out, "before", before);
      user(out, "after", after);
      out.writeObjectFieldStart("source");
      out.writeStringField("version", "1");
      out.writeStringField("connector", "synthetic");
      out.writeStringField("name", topicPrefix);
      out.writeNumberField("ts_ms", nowMicros / 1_000);
      out.writeStringField("snapshot", "false");
      out.writeStringField("db", "synthetic");
      out.writeStringField("sequence", "[\"%d\",\"%d\"]".formatted(previousLsn, lastLsn));
      out.writeNumberField("ts_us", nowMicros);
      out.writeStringField("schema", SCHEMA);
      out.writeStringField("table", TABLE);
      out.writeNumberField("lsn", lastLsn);
      out.writeEndObject();
      out.writeStringField("op", op);
      out.writeNumberField("ts_ms", nowMicros / 1_000);
      out.writeNullField("transaction");
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void user(JsonGenerator out, String field, User user) throws IOException {
    if (user == null) {
      out.writeNullField(field);
      return;
    }
    out.writeObjectFieldStart(field);
    out.writeNumberField("id", user.id());
    out.writeStringField("name", user.name());
    out.writeStringField("email", user.email());
    out.writeEndObject();
  }
}
