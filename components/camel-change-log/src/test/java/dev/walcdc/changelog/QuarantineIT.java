package dev.walcdc.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.dedup.ChangeDeduplicator;
import dev.walcdc.envelope.EnvelopeNormalizer;
import dev.walcdc.quarantine.Letter;
import dev.walcdc.quarantine.LetterId;
import dev.walcdc.quarantine.LetterRequest;
import dev.walcdc.quarantine.LetterRequest.Action;
import dev.walcdc.quarantine.LetterState;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.health.ConsumersHealthCheckRepository;
import org.apache.camel.impl.health.DefaultHealthCheckRegistry;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cannot be applied waits in quarantine, and the rest is right. */
@Timeout(300)
class QuarantineIT {

  private static final String LEFT_OUT = "__debezium_unavailable_value";

  private final ModelTable table = new ModelTable();
  private TestTopics topics;
  private TableSchema schema;
  private CamelContext context;
  private long lsn = 100;

  @BeforeEach
  void setUp() throws Exception {
    topics = new TestTopics();
    schema =
        new TableSchema(
            "app",
            "t",
            List.of(
                new Column("id", PostgresType.of("int8"), false, 1),
                new Column("body", PostgresType.of("text"), true, 2)),
            List.of("id"),
            1,
            1);
    topics.publish(schema);
    topics.create(topic(), 1);
  }

  @AfterEach
  void tearDown() {
    if (context != null) {
      context.stop();
    }
    topics.close();
  }

  @Test
  void whatIsNoEnvelopeIsKeptAndTheRestGoesOn() throws Exception {
    write(1, change("c", 1, "a"));
    write(2, "{\"op\":\"c\",\"aft");
    write(3, "[1]");
    write(4, change("c", 4, "d"));
    start("");

    patiently().until(() -> table.rows().equals(Map.of(1L, "a", 4L, "d")));

    SortedMap<LetterId, Letter> letters = letters();
    assertThat(letters.keySet()).containsExactly(id(1), id(2));
    Letter letter = letters.get(id(1));
    assertThat(letter.isOpen()).isTrue();
    assertThat(letter.keyText()).isEqualTo("{\"id\":2}");
    assertThat(new String(letter.value(), StandardCharsets.UTF_8)).isEqualTo("{\"op\":\"c\",\"aft");
    assertThat(letter.schema()).isEqualTo(schema.fingerprint());
    assertThat(letter.reason()).contains("offset 1 of " + topic() + "-0");
    patiently().until(() -> committed() == 4);
    assertThat(health().getState()).isEqualTo(HealthCheck.State.UP);
    assertThat(health().getDetails()).containsEntry("quarantine " + topic(), "2 open letters");
  }

  @Test
  void aKeyIsDirtyUntilAWholeRowComes() throws Exception {
    write(1, change("c", 1, "long"));
    write(2, change("c", 2, "other"));
    start("");
    patiently().until(() -> table.rows().size() == 2);
    write(1, change("u", 1, "bad"));
    patiently().until(() -> letters().size() == 1);

    // It would be completed from `long`, which it never followed.
    write(1, change("u", 1, LEFT_OUT));
    write(2, change("u", 2, LEFT_OUT));
    patiently().until(() -> letters().size() == 2);
    patiently().until(() -> committed() == 5);
    assertThat(table.rows()).isEqualTo(Map.of(1L, "long", 2L, "other"));
    assertThat(letters().get(id(3)).reason()).contains("waits with it");

    write(1, change("u", 1, "whole"));
    patiently().until(() -> "whole".equals(table.rows().get(1L)));
    write(1, change("u", 1, LEFT_OUT));
    patiently().until(() -> committed() == 7);
    assertThat(states()).containsExactly(LetterState.SUPERSEDED, LetterState.SUPERSEDED);
    assertThat(letters().get(id(2)).supersededBy()).isEqualTo(5);
    assertThat(letters().get(id(2)).value()).isEmpty();
    assertThat(letters().get(id(2)).reason()).contains("body out of range");
    assertThat(health().getDetails()).doesNotContainKey("quarantine " + topic());
  }

  @Test
  void whatFollowsInTheSameBatchWaitsOrSupersedes() throws Exception {
    write(1, change("c", 1, "bad"));
    write(1, change("u", 1, LEFT_OUT));
    write(2, "nonsense");
    write(2, change("u", 2, "whole"));
    write(3, change("c", 3, "bad"));
    write(3, "nonsense");
    write(3, delete(3));
    write(4, change("c", 4, "fine"));
    write(4, change("u", 4, "bad"));
    start("");

    patiently().until(() -> committed() == 9);

    assertThat(table.rows()).isEqualTo(Map.of(2L, "whole"));
    assertThat(states())
        .containsExactly(
            LetterState.OPEN, // The change that was refused,
            LetterState.OPEN, // what was folded into it,
            LetterState.SUPERSEDED, // two that a later record of the batch made superfluous,
            LetterState.SUPERSEDED,
            LetterState.OPEN, // and one with what was folded into it.
            LetterState.OPEN);
  }

  @Test
  void aTruncateSupersedesWhatItOutranks() throws Exception {
    write(1, "nonsense");
    write(2, change("c", 2, "b"));
    start("");
    patiently().until(() -> letters().size() == 1);

    write(null, envelope("t", "null", "null"));
    write(3, change("c", 3, "c"));

    patiently().until(() -> table.rows().equals(Map.of(3L, "c")));
    assertThat(states()).containsExactly(LetterState.SUPERSEDED);
  }

  /** A crash behind the delivery would lose the letter, for the position has passed it. */
  @Test
  void nothingIsDeliveredBeforeItsLetterIsDurable() throws Exception {
    String letters = topics.prefix + ".quarantine";
    topics.create(letters, 1);
    topics.set(letters, "max.message.bytes", "1");
    write(1, change("c", 1, "bad"));
    write(2, change("c", 2, "b"));
    AtomicBoolean refused = new AtomicBoolean();
    table.taste =
        body -> {
          refused.compareAndSet(false, "bad".equals(body));
          return "bad".equals(body);
        };
    start("");
    patiently().until(refused::get);
    await("the letter is not taken")
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(30))
        .until(() -> letters().isEmpty());
    assertThat(table.rows()).isEmpty();
    assertThat(committed()).isZero();

    topics.set(letters, "max.message.bytes", "1048588");

    patiently().until(() -> table.rows().equals(Map.of(2L, "b")));
    assertThat(letters().keySet()).containsExactly(id(0));
  }

  @Test
  void aDeathBetweenLetterAndRetryDoublesNothing() throws Exception {
    write(1, change("c", 1, "bad"));
    write(2, change("c", 2, "b"));
    table.down = new IllegalStateException("the sink is down");
    start("");
    patiently().until(() -> letters().size() == 1);
    patiently().until(() -> health().getState() == HealthCheck.State.DOWN);
    context.stop();
    assertThat(committed()).isZero();
    table.down = null;

    start("");

    patiently().until(() -> table.rows().equals(Map.of(2L, "b")));
    patiently().until(() -> committed() == 2);
    assertThat(letters().keySet()).containsExactly(id(0));
    assertThat(written()).isEqualTo(1);
  }

  @Test
  void replayAppliesTheLettersOfAKeyInTheirOrderWithoutMovingThePosition() throws Exception {
    write(1, change("c", 1, "bad"));
    write(1, change("u", 1, LEFT_OUT));
    write(2, change("c", 2, "b"));
    start("");
    patiently().until(() -> committed() == 3);
    context.stop();
    table.taste = body -> false;

    ask(Action.REPLAY, id(1)); // While the sink is away.
    start("");

    patiently().until(() -> "bad".equals(table.rows().get(1L)));
    patiently().untilAsserted(() -> assertThat(states()).containsOnly(LetterState.REPLAYED));
    assertThat(committed()).isEqualTo(3);
    // The key is clean: what follows is completed from the row.
    write(1, change("u", 1, LEFT_OUT));
    patiently().until(() -> committed() == 4);
    assertThat(letters()).hasSize(2);
    assertThat(requests()).isEmpty();
  }

  @Test
  void aReplayThatIsRefusedAgainStaysOpenAndOthersGoOn() throws Exception {
    write(1, change("c", 1, "bad"));
    write(2, change("c", 2, "worse"));
    table.taste = body -> "bad".equals(body) || "worse".equals(body);
    start("");
    patiently().until(() -> letters().size() == 2);
    table.taste = "bad"::equals;

    ask(Action.REPLAY, id(0), id(1));

    patiently().until(() -> table.rows().equals(Map.of(2L, "worse")));
    patiently()
        .untilAsserted(
            () -> assertThat(states()).containsExactly(LetterState.OPEN, LetterState.REPLAYED));
    patiently().until(() -> requests().isEmpty());
    assertThat(health().getState()).isEqualTo(HealthCheck.State.UP);
  }

  @Test
  void aReplayThatComesTooLateDoesNothing() throws Exception {
    write(1, change("c", 1, "bad"));
    start("");
    patiently().until(() -> letters().size() == 1);
    write(1, change("u", 1, "whole"));
    patiently().until(() -> "whole".equals(table.rows().get(1L)));
    table.taste = body -> false;

    ask(Action.REPLAY, id(0));

    patiently().until(() -> requests().isEmpty());
    assertThat(table.rows()).isEqualTo(Map.of(1L, "whole"));
    assertThat(states()).containsExactly(LetterState.SUPERSEDED);
  }

  @Test
  void dropGivesALetterUp() throws Exception {
    write(1, change("c", 1, "bad"));
    start("");
    patiently().until(() -> letters().size() == 1);

    ask(Action.DROP, id(0));

    patiently().untilAsserted(() -> assertThat(states()).containsExactly(LetterState.DROPPED));
    assertThat(table.rows()).isEmpty();
    patiently().until(() -> health().getDetails().get("quarantine " + topic()) == null);
  }

  @Test
  void recordsWhoseSchemaNeverComesGoToQuarantine() throws Exception {
    TableSchema later =
        new TableSchema("app", "t", schema.columns(), schema.key(), 1, schema.sequence() + 1);
    write(1, change("c", 1, "a"));
    write(later.fingerprint(), 2, change("c", 2, "b"));
    write(3, change("c", 3, "c"));
    start("&schemaTimeout=1s");

    patiently().until(() -> table.rows().equals(Map.of(1L, "a", 3L, "c")));
    patiently().until(() -> committed() == 3);
    assertThat(letters().keySet()).containsExactly(id(1));
    assertThat(letters().get(id(1)).reason()).contains(later.fingerprint());
    patiently().until(() -> health().getState() == HealthCheck.State.UP);

    topics.publish(later);
    ask(Action.REPLAY, id(1));

    patiently().until(() -> "b".equals(table.rows().get(2L)));
  }

  @Test
  void tooManyStopTheTableUntilItsRecordsAreTakenAgain() throws Exception {
    for (int i = 0; i < 4; i++) {
      write(i, change("c", i, "bad"));
    }
    start("&quarantineLimit=3");

    patiently().until(() -> health().getState() == HealthCheck.State.DOWN);
    assertThat(health().getDetails().get(topic()).toString())
        .contains("more of its records are refused than the 3 letters a minute");
    assertThat(letters()).isEmpty();
    assertThat(committed()).isZero();

    table.taste = body -> false;

    patiently().until(() -> table.rows().size() == 4);
    patiently().until(() -> health().getState() == HealthCheck.State.UP);
    write(9, "nonsense");
    patiently().until(() -> letters().size() == 1);
  }

  @Test
  void anotherSinkOfTheSameTopicsIsNotConcerned() throws Exception {
    write(1, change("c", 1, "bad"));
    start("");
    patiently().until(() -> letters().size() == 1);
    ModelTable other = new ModelTable();
    other.taste = body -> false;
    CamelContext second = context(other, "&groupId=" + topics.prefix + "-other");
    try {
      patiently().until(() -> other.rows().equals(Map.of(1L, "bad")));
      write(1, change("u", 1, LEFT_OUT));
      patiently().until(() -> letters().size() == 2);
      assertThat(letters().keySet()).allMatch(letter -> letter.sink().equals(topics.prefix));
      assertThat(other.rows()).isEqualTo(Map.of(1L, "bad"));
    } finally {
      second.stop();
    }
  }

  /** Its deletion is refused, so the sink still has the row when it is made anew. */
  @Test
  void aRowThatIsMadeAnewAfterLettersIsMarked() throws Exception {
    write(1, change("c", 1, "old"));
    start("");
    patiently().until(() -> table.rows().size() == 1);
    write(1, "{\"op\":\"d\"}");
    patiently().until(() -> letters().size() == 1);

    write(1, change("c", 1, "new"));
    write(2, change("c", 2, "other"));

    patiently().until(() -> table.rows().equals(Map.of(1L, "new", 2L, "other")));
    assertThat(table.madeRows).containsExactly(1L, 2L); // Row 1 at its first creation alone.
  }

  /** What supersedes the letter is read again in another cut: what lies before it still waits. */
  @Test
  void aDeathBetweenSupersedingAndApplyingCompletesNothingFromAnOldRow() throws Exception {
    write(1, change("c", 1, "old"));
    start("");
    patiently().until(() -> table.rows().size() == 1);
    write(1, change("u", 1, "bad"));
    patiently().until(() -> letters().size() == 1);
    patiently().until(() -> committed() == 2);
    table.down = new IllegalStateException("the sink is down");
    context.stop();
    write(1, change("u", 1, LEFT_OUT));
    write(1, change("u", 1, "whole"));
    start("");
    patiently().until(() -> states().equals(List.of(LetterState.SUPERSEDED)));
    context.stop();
    table.down = null;

    start("&batchRecords=1");

    patiently().until(() -> table.rows().equals(Map.of(1L, "whole")));
    assertThat(letters().get(id(2)).state()).isEqualTo(LetterState.SUPERSEDED);
    assertThat(letters().get(id(2)).supersededBy()).isEqualTo(3);
  }

  @Test
  void lettersThatAreLongOverAreForgotten() throws Exception {
    write(1, change("c", 1, "bad"));
    write(2, change("c", 2, "bad"));
    start("");
    patiently().until(() -> letters().size() == 2);
    write(1, change("u", 1, "whole"));
    patiently().until(() -> states().contains(LetterState.SUPERSEDED));
    context.stop();

    start("&quarantineRetention=1");

    patiently().until(() -> letters().size() == 1);
    assertThat(letters().get(id(1)).isOpen()).isTrue();
  }

  @Test
  void recordsOfStockDebeziumAreAppliedAndRefusedLikeOurs() throws Exception {
    topics.create(topics.topic("s"), 1);
    String row = "{\"id\":%d,\"body\":\"%s\"}";
    writeStock(1, envelope("c", "null", row.formatted(1, "a")));
    writeStock(2, envelope("c", "null", row.formatted(2, "bad")));
    writeStock(2, envelope("u", "null", row.formatted(2, LEFT_OUT)));
    writeStock(3, row.formatted(3, "flat"));
    writeStock(4, null);
    start("");

    patiently().until(() -> letters().size() == 3);
    patiently().until(() -> table.rows().equals(Map.of(1L, "a")));
    LetterId bad = new LetterId(topics.prefix, topics.topic("s"), 0, 1);
    assertThat(new String(letters().get(bad).value(), StandardCharsets.UTF_8))
        .contains("\"body\":\"bad\"");
    assertThat(letters().get(bad).schema()).isNull();
    context.stop();
    table.taste = body -> false;

    start("");
    ask(Action.REPLAY, bad, new LetterId(topics.prefix, topics.topic("s"), 0, 3));

    patiently().until(() -> table.rows().equals(Map.of(1L, "a", 2L, "bad")));
    patiently().until(() -> requests().isEmpty());
    assertThat(states())
        .containsExactly(LetterState.REPLAYED, LetterState.REPLAYED, LetterState.OPEN);
  }

  @Test
  void aRecordWithoutASchemaOnCapturesTopicIsAnothers() throws Exception {
    write(1, change("c", 1, "a"));
    topics.write(
        topic(),
        "{\"id\":2}".getBytes(StandardCharsets.UTF_8),
        change("c", 2, "b").getBytes(StandardCharsets.UTF_8),
        null);
    write(3, change("c", 3, "c"));
    start("");

    patiently().until(() -> table.rows().equals(Map.of(1L, "a", 3L, "c")));
    assertThat(letters().get(id(1)).reason()).contains("another producer wrote it");
  }

  private void writeStock(int id, String value) throws Exception {
    topics.write(
        topics.topic("s"),
        "{\"id\":%d}".formatted(id).getBytes(StandardCharsets.UTF_8),
        value == null ? null : value.getBytes(StandardCharsets.UTF_8),
        null);
  }

  private void start(String options) throws Exception {
    context = context(table, "&groupId=" + topics.prefix + options);
  }

  private CamelContext context(ModelTable sink, String options) throws Exception {
    CamelContext made = new DefaultCamelContext();
    HealthCheckRegistry registry = new DefaultHealthCheckRegistry(made);
    registry.register(new ConsumersHealthCheckRepository());
    made.getCamelContextExtension().addContextPlugin(HealthCheckRegistry.class, registry);
    String uri =
        "change-log:%s?brokers=%s&backOff=100&backOffMax=200&batchInterval=300%s"
            .formatted(topics.prefix, topics.brokers, options);
    made.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from(uri)
                .routeId("sink")
                .bean(EnvelopeNormalizer.class)
                .bean(ChangeDeduplicator.class)
                .process(sink);
          }
        });
    made.start();
    return made;
  }

  private HealthCheck.Result health() {
    return HealthCheckHelper.invoke(context).stream()
        .filter(result -> result.getCheck().getId().equals("consumer:sink"))
        .findFirst()
        .orElseThrow();
  }

  private String topic() {
    return topics.topic("t");
  }

  private LetterId id(long offset) {
    return new LetterId(topics.prefix, topic(), 0, offset);
  }

  private long committed() throws Exception {
    return topics.committed(topics.prefix, "t", 1).get(0);
  }

  private void write(Integer id, String value) throws Exception {
    write(schema.fingerprint(), id, value);
  }

  private void write(String fingerprint, Integer id, String value) throws Exception {
    byte[] key = id == null ? null : "{\"id\":%d}".formatted(id).getBytes(StandardCharsets.UTF_8);
    topics.write(topic(), key, value.getBytes(StandardCharsets.UTF_8), fingerprint);
  }

  private String change(String op, long id, String body) {
    return envelope(op, "null", "{\"id\":%d,\"body\":\"%s\"}".formatted(id, body));
  }

  private String delete(long id) {
    return envelope("d", "{\"id\":%d,\"body\":null}".formatted(id), "null");
  }

  private String envelope(String op, String before, String after) {
    lsn += 10;
    return """
        {"before":%s,"after":%s,"source":{"lsn":%d,"sequence":"[\\"%d\\",\\"%d\\"]","ts_us":1},"op":"%s"}"""
        .formatted(before, after, lsn, lsn - 5, lsn, op);
  }

  private void ask(Action action, LetterId... letters) {
    try (QuarantineLog log = quarantine()) {
      log.ask(List.of(letters).stream().map(id -> new LetterRequest(id, action)).toList());
    }
  }

  private QuarantineLog quarantine() {
    return new QuarantineLog(
        KafkaConnection.plaintext(topics.brokers), topics.prefix + ".quarantine");
  }

  private List<LetterState> states() {
    return letters().values().stream().map(Letter::state).toList();
  }

  private SortedMap<LetterId, Letter> letters() {
    return read().letters;
  }

  private Collection<LetterId> requests() {
    return read().requests;
  }

  /** How many records of letters there are, whatever they say. */
  private int written() {
    return read().written;
  }

  private Read read() {
    Read read = new Read();
    try (QuarantineLog log = quarantine()) {
      if (log.exists()) {
        log.readToEnd(read);
      }
    }
    return read;
  }

  private static final class Read implements QuarantineLog.Reader {
    private final SortedMap<LetterId, Letter> letters = new TreeMap<>();
    private final Collection<LetterId> requests = new ArrayList<>();
    private int written;

    @Override
    public void letter(Letter letter, long offset) {
      letters.put(letter.id(), letter);
      written++;
    }

    @Override
    public void forgotten(LetterId letter) {
      letters.remove(letter);
    }

    @Override
    public void request(LetterRequest request) {
      requests.add(request.letter());
    }

    @Override
    public void answered(LetterId letter) {
      requests.removeIf(letter::equals);
    }
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(50));
  }
}
