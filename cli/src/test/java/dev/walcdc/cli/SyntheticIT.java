package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.local.LocalStack;
import dev.walcdc.log.RecordHeaders;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command over a stack without PostgreSQL: made-up events reach both sinks. */
class SyntheticIT {

  @TempDir private static Path home;

  @BeforeAll
  static void up() throws Exception {
    command("up", "--mode", "synthetic", "--detach").assertDone();
  }

  @AfterAll
  static void down() throws Exception {
    command("down").assertDone();
  }

  @Test
  void eventsReachBothSinks() {
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> {
              JsonNode tables =
                  new ObjectMapper().readTree(command("status", "--json").out()).get("tables");
              assertThat(tables).hasSize(2);
              for (JsonNode table : tables) {
                assertThat(table.get("table").asText()).isEqualTo("app.users");
                assertThat(table.get("recordsApplied").asLong()).isPositive();
              }
            });
  }

  @Test
  void aTopicIsPrinted() throws Exception {
    WalCdcCommand topic = command("topic", "synthetic.app.users", "--max", "3");
    assertThat(topic.out().lines()).hasSize(3).allMatch(line -> line.contains("walcdc.schema"));
    command("topic", "nonsense").assertRefused("There is no topic `nonsense`; there are .*users");
  }

  /** As in a compacted topic: here the second offset is the mark of a transaction. */
  @Test
  void aTopicWithFewerRecordsThanOffsetsEnds() throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            LocalStack.settings(home).kafka().bootstrapServers(),
            "transactional.id",
            "test");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("marked", "key", "value")).get(1, TimeUnit.MINUTES);
      producer.commitTransaction();
    }
    WalCdcCommand topic = command("topic", "marked");
    topic.assertDone();
    assertThat(topic.out().lines()).hasSize(1);
  }

  @Test
  void aRecordThatIsNoChangeIsShownReplayedInVainAndDropped() throws Exception {
    String brokers = LocalStack.settings(home).kafka().bootstrapServers();
    TableSchema users =
        new SchemaLog(KafkaConnection.plaintext(brokers), "synthetic.schemas")
            .all().stream().findFirst().orElseThrow();
    ProducerRecord<String, String> record =
        new ProducerRecord<>("synthetic.app.users", "{\"id\":-1}", "nonsense");
    record
        .headers()
        .add(RecordHeaders.SCHEMA, users.fingerprint().getBytes(StandardCharsets.US_ASCII));
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", brokers), new StringSerializer(), new StringSerializer())) {
      producer.send(record).get(1, TimeUnit.MINUTES);
    }
    await().atMost(Duration.ofMinutes(2)).until(() -> letters().size() == 2);

    assertThat(letters().get(0).get("key").asText()).isEqualTo("{\"id\":-1}");
    String name = letters().get(0).get("letter").asText();
    assertThat(quarantine("list").out()).contains("OPEN", name, "2 letters.");
    JsonNode shown = new ObjectMapper().readTree(quarantine("show", name).out());
    assertThat(shown.get("value").asText()).isEqualTo("nonsense");
    WalCdcCommand replayed = quarantine("replay", name);
    assertThat(replayed.code()).as(replayed.err()).isEqualTo(WalCdc.NO);
    assertThat(replayed.out()).contains("OPEN", name);
    quarantine("replay").assertRefused("--table SCHEMA.TABLE");
    quarantine("show", "a/b/0/1").assertRefused("There is no letter `a/b/0/1`");
    quarantine("drop", "a/b").assertRefused("SINK/TOPIC/PARTITION/OFFSET");
    quarantine("drop", "--table", "app.users").assertDone();
    assertThat(quarantine("list").out()).contains("0 letters.");
    assertThat(quarantine("list", "--closed").out()).contains("DROPPED", "2 letters.");
  }

  private static JsonNode letters() throws Exception {
    return new ObjectMapper().readTree(quarantine("list", "--json").out());
  }

  private static WalCdcCommand quarantine(String name, String... options) throws Exception {
    String[] arguments = new String[options.length + 1];
    arguments[0] = name;
    System.arraycopy(options, 0, arguments, 1, options.length);
    return command("quarantine", arguments);
  }

  @Test
  void aSecondUpIsRefused() throws Exception {
    command("up", "--mode", "synthetic").assertRefused("is up already as process \\d+");
    command("up", "--mode", "synthetic", "--detach")
        .assertRefused("is up already as process \\d+; stop it with `wal-cdc down`");
    command("up", "--servers-only").assertRefused("is up already as process \\d+");
  }

  @Test
  void thereIsNothingToDrop() throws Exception {
    command("down", "--drop").assertRefused("never captured a source; leave out `--drop`");
    command("status").assertDone();
  }

  @Test
  void thereIsNothingToVerify() throws Exception {
    command("verify").assertRefused("no source");
  }

  private static WalCdcCommand command(String name, String... options) throws Exception {
    return WalCdcCommand.on(home, name, options);
  }
}
