package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.QuarantineContents;
import dev.walcdc.changelog.QuarantineLog;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.log.RecordHeaders;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import dev.walcdc.quarantine.LetterRequest.Action;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.verify.VerifyReport;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Records of every kind that cannot be applied, over the whole pipeline: each becomes a letter, on
 * the topic and on S3, the rest is right, and in the end all agree again.
 */
@Timeout(900)
class QuarantineFlowIT {

  private static final String TOPIC = "dbserver1.app.notes";
  private static final long SEED = 20261123;
  private static final int TOO_LONG = 17 << 20;

  private static RunningPipeline running;

  @BeforeAll
  static void start() throws Exception {
    running = RunningPipeline.servers("quarantine-flow");
    running.execute(
        "CREATE SCHEMA IF NOT EXISTS app",
        "CREATE TABLE app.notes (id int PRIMARY KEY, body text, day date)",
        "ALTER TABLE app.notes ALTER body SET STORAGE EXTERNAL",
        "INSERT INTO app.notes SELECT i, 'note ' || i, '2026-01-01' FROM generate_series(1, 9) i");
    running.startPipeline(Map.of("QUARANTINE_SCHEMATIMEOUT", "3000"));
    running.awaitHealthy();
    assertThat(running.verify().agrees()).isTrue();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void everyKindOfRefusalIsKeptNamedAndHealed() throws Exception {
    TableSchema schema = schema();
    write(schema.fingerprint(), "{\"id\":1}", "{\"op\":\"u\",\"after\":{\"id\":1,"); // broken
    write(schema.fingerprint(), "{\"id\":2}", "{\"id\":2,\"note\":\"of another producer\"}");
    write("feedfeedfeedfeed", "{\"id\":3}", "{\"op\":\"c\",\"after\":{}}"); // no such schema
    running.execute("UPDATE app.notes SET day = '12000-01-01' WHERE id = 4"); // out of range
    update(5, random(TOO_LONG)); // oversized
    running.execute("UPDATE app.notes SET body = 'fine' WHERE id = 9");

    patiently().untilAsserted(() -> assertThat(openKeys("sink-clickhouse")).hasSize(5));
    patiently().untilAsserted(() -> assertThat(openKeys("sink-iceberg")).hasSizeBetween(4, 5));
    assertThat(openKeys("sink-iceberg"))
        .containsKeys("{\"id\":1}", "{\"id\":2}", "{\"id\":3}", "{\"id\":5}");
    // Rows 4 and 5 are not completed from what the sinks have of them.
    running.execute("UPDATE app.notes SET day = '2026-02-02' WHERE id = 5");
    patiently()
        .untilAsserted(
            () -> assertThat(openKeys("sink-clickhouse").get("{\"id\":5}")).isEqualTo(2));
    assertThat(running.isHealthy()).isTrue();

    VerifyReport report = running.verify(Duration.ofSeconds(10));
    assertThat(report.agrees()).isFalse();
    assertThat(report.quarantined())
        .extracting(VerifyReport.Quarantined::key)
        .contains("{\"id\":1}", "{\"id\":4}", "{\"id\":5}");
    assertThat(report.tables().get(0).sinks())
        .filteredOn(sink -> sink.sink().equals("clickhouse"))
        .allSatisfy(sink -> assertThat(sink.differing()).isEqualTo(2));

    Collection<Letter> letters = letters();
    patiently().untilAsserted(() -> assertThat(archived()).containsAll(names(letters)));

    running.killPipeline();
    running.awaitHealthy();
    assertThat(names(letters())).containsExactlyElementsOf(names(letters));

    // The source says what is right, and people what was never a change.
    update(5, "short");
    running.execute("UPDATE app.notes SET day = '2026-03-03' WHERE id = 4");
    ask(Action.DROP, "{\"id\":1}", "{\"id\":2}", "{\"id\":3}");

    patiently().untilAsserted(() -> assertThat(letters()).isEmpty());
    VerifyReport healed = running.verify();
    assertThat(healed.agrees()).as(healed.toString()).isTrue();
  }

  private static TableSchema schema() {
    return new SchemaLog(kafka(), "dbserver1.schemas")
        .all().stream()
            .filter(s -> s.qualifiedName().equals("app.notes"))
            .findFirst()
            .orElseThrow();
  }

  private static KafkaConnection kafka() {
    return KafkaConnection.plaintext(running.settings().kafka().bootstrapServers());
  }

  private static void write(String fingerprint, String key, String value) throws Exception {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(TOPIC, utf8(key), utf8(value));
    record.headers().add(RecordHeaders.SCHEMA, utf8(fingerprint));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka().properties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(record).get();
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void update(int id, String body) throws SQLException {
    try (Connection connection = running.source().open();
        PreparedStatement update =
            connection.prepareStatement("UPDATE app.notes SET body = ? WHERE id = ?")) {
      update.setString(1, body);
      update.setInt(2, id);
      update.execute();
    }
  }

  private static String random(int length) {
    return new Random(SEED)
        .ints(length, 'a', 'z' + 1)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** How many open letters each key has in a sink. */
  private static Map<String, Integer> openKeys(String sink) {
    return letters().stream()
        .filter(letter -> letter.id().sink().equals(sink))
        .collect(Collectors.toMap(Letter::keyText, letter -> 1, Integer::sum));
  }

  private static Collection<Letter> letters() {
    try (QuarantineLog log = new QuarantineLog(kafka(), "dbserver1.quarantine")) {
      return List.copyOf(QuarantineContents.read(log, Letter::isOpen).letters());
    }
  }

  private static List<String> names(Collection<Letter> letters) {
    return letters.stream().map(Letter::id).map(LetterId::toString).toList();
  }

  private static void ask(Action action, String... keys) {
    List<LetterRequest> requests =
        letters().stream()
            .filter(letter -> List.of(keys).contains(letter.keyText()))
            .map(letter -> new LetterRequest(letter.id(), action))
            .toList();
    try (QuarantineLog log = new QuarantineLog(kafka(), "dbserver1.quarantine")) {
      log.ask(requests);
    }
  }

  /** Letters that the archive on S3 has, by name. */
  private static List<String> archived() {
    ConnectionSettings.S3 settings = running.settings().s3();
    try (S3Client s3 =
        S3Client.builder()
            .endpointOverride(settings.endpoint())
            .region(Region.of(settings.region()))
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(settings.accessKey(), settings.secretKey())))
            .build()) {
      return s3
          .listObjectsV2Paginator(
              request -> request.bucket(settings.bucket()).prefix("quarantine/"))
          .contents()
          .stream()
          .map(S3Object::key)
          .map(key -> key.replaceFirst("^quarantine/", "").replaceFirst("\\.json$", ""))
          .toList();
    }
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofMinutes(3)).pollInterval(Duration.ofMillis(500));
  }
}
