package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.walcdc.capture.Log.Entry;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.log.RecordHeaders;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Message;
import org.junit.jupiter.api.Test;

/** What the log's readers see of the source's changes. */
class EnvelopeIT {

  private static TableSchema schemaOf(Capture capture, Entry entry) {
    return new SchemaLog(
            KafkaConnection.plaintext(Capture.brokers()),
            capture.options().get("topicPrefix") + ".schemas")
        .find(entry.schema())
        .orElseThrow();
  }

  private static String ascii(Object bytes) {
    return new String((byte[]) bytes, StandardCharsets.US_ASCII);
  }

  @Test
  void changesAreDebeziumEnvelopes() {
    try (Capture capture =
        new Capture("env").table("users", "id bigint PRIMARY KEY, name text, email text")) {
      capture.sql("INSERT INTO @.users VALUES (1, 'before', 'b@example.com')");
      capture.start().streaming();
      capture.sql(
          "INSERT INTO @.users VALUES (2, 'TestUser', 'test@example.com')",
          "UPDATE @.users SET email = 'test+upd@example.com' WHERE id = 2",
          "DELETE FROM @.users WHERE id = 2",
          "UPDATE @.users SET id = 3 WHERE id = 1",
          "TRUNCATE @.users");
      eventually("all changes", () -> capture.log("users").size() == 9);
      List<Entry> log = capture.log("users");

      assertThat(log)
          .extracting(e -> e.isRow() ? e.op() : "-")
          .containsExactly("r", "c", "u", "d", "-", "d", "-", "c", "t");
      assertThat(log)
          .extracting(Entry::key)
          .containsExactly(
              "{\"id\":1}",
              "{\"id\":2}",
              "{\"id\":2}",
              "{\"id\":2}",
              "{\"id\":2}",
              "{\"id\":1}",
              "{\"id\":1}",
              "{\"id\":3}",
              null);
      JsonNode update = log.get(2).json();
      assertThat(update.get("before").isNull()).isTrue();
      assertThat(update.get("after").toString())
          .isEqualTo("{\"id\":2,\"name\":\"TestUser\",\"email\":\"test+upd@example.com\"}");
      JsonNode source = update.get("source");
      assertThat(source.get("connector").textValue()).isEqualTo("postgresql");
      assertThat(source.get("name").textValue()).isEqualTo("env");
      assertThat(source.get("db").textValue()).isEqualTo("appdb");
      assertThat(source.get("schema").textValue()).isEqualTo("env");
      assertThat(source.get("table").textValue()).isEqualTo("users");
      assertThat(source.get("snapshot").textValue()).isEqualTo("false");
      assertThat(source.get("sequence").textValue())
          .matches("\\[\"\\d+\",\"" + source.get("lsn").longValue() + "\"]");
      assertThat(source.has("txId")).isTrue();
      assertThat(update.get("ts_us").isIntegralNumber()).isTrue();
      assertThat(log.get(0).json().get("source").get("snapshot").textValue()).isNotEqualTo("false");
      assertThat(log).allSatisfy(e -> assertThat(e.schema()).matches("[0-9a-f]{16}"));

      TableSchema schema = schemaOf(capture, log.get(0));
      assertThat(schema.qualifiedName()).isEqualTo("env.users");
      assertThat(schema.key()).containsExactly("id");
      assertThat(schema.columns()).extracting(Column::attnum).containsExactly(1, 2, 3);
      assertThat(schema.columns())
          .extracting(c -> c.type().name())
          .containsExactly("int8", "text", "text");
      assertThat(schema.epoch()).isEqualTo(1);
      assertThat(capture.log("heartbeat")).isEmpty();
    }
  }

  /** A reader that meets a fingerprint finds its schema: it was acknowledged before. */
  @Test
  void aSchemaIsWrittenBeforeTheFirstRecordThatNamesIt() {
    try (Capture capture = new Capture("schema_first").table("a", "id int PRIMARY KEY")) {
      List<String> written = new CopyOnWriteArrayList<>();
      capture.afterKafka(
          exchange -> {
            for (Object each : exchange.getMessage().getBody(List.class)) {
              Message message = (Message) each;
              Object schema = message.getHeaders().get(RecordHeaders.SCHEMA);
              if (message.getHeader("kafka.OVERRIDE_TOPIC").equals("schema_first.schemas")) {
                written.add("schema " + ascii(message.getHeader("kafka.KEY")));
              } else if (schema != null) {
                written.add("change " + ascii(schema));
              }
            }
          });
      capture.sql("INSERT INTO @.a VALUES (1)");
      capture.start().streaming();
      capture.sql(
          "CREATE TABLE @.b (id int PRIMARY KEY)",
          "INSERT INTO @.b VALUES (1)",
          "ALTER TABLE @.a ADD COLUMN name text",
          "INSERT INTO @.a VALUES (2, 'two')");
      eventually("all rows", () -> capture.ids("a").size() == 2 && capture.ids("b").size() == 1);

      List<String> distinct = written.stream().distinct().toList();
      assertThat(distinct.stream().filter(w -> w.startsWith("change "))).hasSize(3);
      assertThat(distinct.stream().filter(w -> w.startsWith("change ")))
          .allSatisfy(
              change ->
                  assertThat(distinct.indexOf(change.replace("change", "schema")))
                      .isNotNegative()
                      .isLessThan(distinct.indexOf(change)));
      List<Entry> log = capture.log("a");
      TableSchema first = schemaOf(capture, log.get(0));
      TableSchema second = schemaOf(capture, log.get(1));
      assertThat(second.sequence()).isEqualTo(first.sequence() + 1);
      assertThat(second.columns()).extracting(Column::name).containsExactly("id", "name");
    }
  }

  /** Versions depend on it; logical messages come in the middle of transactions here. */
  @Test
  void theLastCommitNeverFallsAndIsOneForATransaction() throws SQLException {
    try (Capture capture = new Capture("env_sequence").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.sql("INSERT INTO @.t VALUES (1)");
      try (Connection connection = Source.open();
          Statement slow = connection.createStatement()) {
        connection.setAutoCommit(false);
        slow.execute("INSERT INTO env_sequence.t VALUES (4)");
        capture.sql("INSERT INTO @.t VALUES (2)");
        slow.execute("SELECT pg_logical_emit_message(true, 'test', 'inside')");
        slow.execute("INSERT INTO env_sequence.t VALUES (5)");
        slow.execute("SELECT pg_logical_emit_message(false, 'test', 'outside')");
        capture.sql("INSERT INTO @.t VALUES (3)");
        slow.execute("SELECT pg_logical_emit_message(false, 'test', 'outside')");
        slow.execute("INSERT INTO env_sequence.t VALUES (6)");
        connection.commit();
      }
      capture.sql("INSERT INTO @.t VALUES (7)");
      eventually("all rows", () -> capture.ids("t").size() == 7);
      List<Entry> log = capture.log("t");
      assertThat(log.stream().map(e -> e.after().get("id").intValue()))
          .containsExactly(1, 2, 3, 4, 5, 6, 7);
      List<Long> lastCommits = log.stream().map(Entry::lastCommitLsn).toList();
      assertThat(lastCommits).isSorted();
      assertThat(lastCommits.get(3)).isEqualTo(lastCommits.get(4)).isEqualTo(lastCommits.get(5));
      assertThat(lastCommits.stream().distinct()).hasSize(5);
      assertThat(log.get(3).lsn()).as("the slow one began first").isLessThan(log.get(1).lsn());
    }
  }

  @Test
  void onlyTablesThatTheListMatchesToTheLetterAreCaptured() {
    try (Capture capture =
        new Capture("env_letters")
            .table("t", "id int PRIMARY KEY")
            .table("\"T\"", "id int PRIMARY KEY")) {
      capture.with("tableIncludeList", "env_letters\\.t");
      capture.sql("INSERT INTO @.\"T\" VALUES (1)");
      capture.start().streaming();
      capture.sql("INSERT INTO @.\"T\" VALUES (2)", "INSERT INTO @.t VALUES (3)");
      eventually("the row", () -> capture.ids("t").contains(3L));
      assertThat(Log.topics()).doesNotContain(capture.topic("T"));
    }
  }

  @Test
  void aTableWithoutAKeyAndTablesMadeLaterStreamToo() {
    try (Capture capture = new Capture("keyless").table("notes", "id int, note text")) {
      // The publication of all tables, which is there from the start.
      capture.with("publicationName", "walcdc");
      capture.sql("INSERT INTO @.notes VALUES (1, 'old')");
      capture.start().streaming();
      capture.sql(
          "INSERT INTO @.notes VALUES (2, 'same'), (2, 'same')",
          "CREATE TABLE @.\"Late Table\" (id int PRIMARY KEY)",
          "INSERT INTO @.\"Late Table\" VALUES (7)");
      eventually("the table that came late", () -> capture.ids("Late_Table").contains(7L));
      List<Entry> notes = capture.log("notes");
      assertThat(notes).hasSize(3).allSatisfy(e -> assertThat(e.key()).isNull());
      assertThat(notes.get(1).lsn() == notes.get(2).lsn()).isEqualTo(notes.get(2).ordinal() == 1);
      assertThat(schemaOf(capture, notes.get(0)).hasKey()).isFalse();
      assertThat(schemaOf(capture, capture.log("Late_Table").get(0)).table())
          .isEqualTo("Late Table");
      eventually(
          "its offsets in the position",
          () -> capture.lastState().nextOffsets().containsKey(capture.topic("Late_Table")));
    }
  }
}
