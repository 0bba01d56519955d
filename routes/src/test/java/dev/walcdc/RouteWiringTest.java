package dev.walcdc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.changelog.ChangeLogEndpoint;
import dev.walcdc.iceberg.IcebergComponent;
import dev.walcdc.local.LocalStack;
import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.aws2.s3.AWS2S3Component;
import org.apache.camel.component.aws2.s3.AWS2S3Configuration;
import org.apache.camel.component.mock.MockEndpoint;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The routes as they are deployed, without servers: which there are, and what flows through them.
 */
class RouteWiringTest {

  private static final TableSchema USERS =
      new TableSchema(
          "app",
          "users",
          List.of(
              new Column("id", PostgresType.of("int8"), false, 1),
              new Column("name", PostgresType.of("text"), true, 2)),
          List.of("id"),
          1,
          1);

  private Main main = Pipeline.of(null);

  @AfterEach
  void stop() {
    main.stop();
  }

  @Test
  void capturingHasItsRoutes() {
    assertThat(routes(start("cdc")))
        .containsExactly("capture-postgres", "quarantine", "sink-clickhouse", "sink-iceberg")
        .containsExactlyInAnyOrderElementsOf(names(Stage.of("cdc")));
  }

  @Test
  void syntheticNeedsNoPostgres() {
    assertThat(routes(start("synthetic")))
        .containsExactly("quarantine", "sink-clickhouse", "sink-iceberg", "synthetic-events")
        .containsExactlyInAnyOrderElementsOf(names(Stage.of("synthetic")));
  }

  @Test
  void aProcessRunsTheStagesThatItIsGiven() {
    main = Pipeline.of("sink-iceberg, capture-postgres");
    assertThat(routes(start("cdc"))).containsExactly("capture-postgres", "sink-iceberg");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "local"})
  void theSinksReadFromTheBrokersThatAreSet(String readerName) {
    if (!readerName.isEmpty()) {
      main.addOverrideProperty("reader.name", readerName);
    }
    main.addOverrideProperty("kafka.brokers", "127.0.0.1:19092,127.0.0.1:29092");
    assertThat(start("cdc").getEndpoints())
        .filteredOn(ChangeLogEndpoint.class::isInstance)
        .extracting(endpoint -> ((ChangeLogEndpoint) endpoint).getConfiguration())
        .hasSize(2)
        .allSatisfy(
            reader -> {
              assertThat(reader.getBrokers()).isEqualTo("127.0.0.1:19092,127.0.0.1:29092");
              assertThat(reader.getGroupInstanceId()).isEqualTo(readerName);
            });
  }

  /**
   * The roles of pods are found by the AWS SDK; a key or an endpoint that is set would go before.
   */
  @Test
  void inAwsTheLakeNeedsNoKeysAndNoEndpoint() {
    main.configure().setProfile("aws");
    main.addOverrideProperty("iceberg.warehouse", "s3://lake/warehouse");
    main.addOverrideProperty("iceberg.s3.region", "eu-central-1");
    CamelContext context = start("cdc");
    assertThat(
            context
                .getComponent("iceberg", IcebergComponent.class)
                .getConfiguration()
                .toCatalogProperties())
        .containsOnly(
            Map.entry("type", "glue"),
            Map.entry("warehouse", "s3://lake/warehouse"),
            Map.entry("io-impl", "org.apache.iceberg.aws.s3.S3FileIO"),
            Map.entry("client.region", "eu-central-1"),
            Map.entry("http-client.type", "urlconnection"));
    AWS2S3Configuration archive =
        context.getComponent("aws2-s3", AWS2S3Component.class).getConfiguration();
    assertThat(archive.isUseDefaultCredentialsProvider()).isTrue();
    assertThat(archive.isOverrideEndpoint()).isFalse();
    assertThat(archive.isForcePathStyle()).isFalse();
    assertThat(archive.getRegion()).isEqualTo("eu-central-1");
  }

  @Test
  void verifyRunsOnceAnIntervalIsSet() {
    main.addOverrideProperty("verify.interval", "60000");
    assertThat(routes(start("cdc"))).contains("verify");
  }

  @Test
  void verifyWithoutAnIntervalIsRefused() {
    main = Pipeline.of("verify");
    assertThatThrownBy(() -> start("cdc")).hasMessageContaining("`verify`");
  }

  @Test
  void madeUpEventsHaveNothingToBeVerifiedWith() {
    main.addOverrideProperty("verify.interval", "60000");
    assertThat(routes(start("synthetic"))).doesNotContain("verify");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cdc", "synthetic"})
  void theLakeIsMaintainedOnceAnIntervalIsSet(String mode) {
    main.addOverrideProperty("maintain.interval", "60000");
    assertThat(routes(start(mode))).contains("maintain-lakehouse");
  }

  @Test
  void maintenanceWithoutAnIntervalIsRefused() {
    main = Pipeline.of("maintain-lakehouse");
    assertThatThrownBy(() -> start("cdc")).hasMessageContaining("`MAINTAIN_INTERVAL`");
  }

  @Test
  void questionsAreAnsweredOnceThatIsSwitchedOn() throws Exception {
    int port = enableSearch();
    main.addOverrideProperty("management.port", Integer.toString(LocalStack.freePort()));
    CamelContext context = start("cdc", true);
    assertThat(routes(context)).contains("search").containsAll(names(Stage.of("cdc")));
    context.getRouteController().startRoute("search");
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d/search?table=x".formatted(port)))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("{\"error\":\"`q` is missing");
    assertThat(answer.headers().map()).doesNotContainKey("table");
  }

  @Test
  void aProcessMayAnswerQuestionsAlone() {
    main = Pipeline.of("search");
    enableSearch();
    assertThat(routes(start("synthetic"))).contains("search").doesNotContain("sink-clickhouse");
  }

  @Test
  void aSearchThatIsNotSwitchedOnIsRefused() {
    main = Pipeline.of("search");
    assertThatThrownBy(() -> start("cdc")).hasMessageContaining("`SEARCH_ENABLED`");
  }

  private int enableSearch() {
    int port = LocalStack.freePort();
    main.addOverrideProperty("search.enabled", "true");
    main.addOverrideProperty("search.port", Integer.toString(port));
    return port;
  }

  @Test
  void aStageThatThereIsNotIsRefused() {
    assertThatThrownBy(() -> Pipeline.of("sink-iceberg,sink-oracle"))
        .hasMessageContaining("`sink-oracle`")
        .hasMessageContaining("sink-clickhouse");
  }

  @Test
  void aStageOfAnotherModeIsRefused() {
    main = Pipeline.of("capture-postgres");
    assertThatThrownBy(() -> start("synthetic")).hasMessageContaining("mode `synthetic`");
  }

  private static List<String> names(List<Stage> stages) {
    return stages.stream().map(Stage::id).toList();
  }

  @Test
  void modesDoNotShareTopics() {
    assertThat(start("cdc").resolvePropertyPlaceholders("{{topic.prefix}}")).isEqualTo("dbserver1");
    main.stop();
    RouteWiringTest synthetic = new RouteWiringTest();
    try {
      assertThat(synthetic.start("synthetic").resolvePropertyPlaceholders("{{topic.prefix}}"))
          .isEqualTo("synthetic");
    } finally {
      synthetic.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sink-clickhouse", "sink-iceberg"})
  void aSinkGetsTheLastChangeOfEachRow(String route) throws Exception {
    CamelContext context = start("cdc");
    feedByHand(context, route);
    context.getRouteController().startRoute(route);
    Exchange sent =
        send(
            context,
            record(0, 1, "first", 100),
            record(1, 2, "other", 101),
            record(2, 1, "second", 102));
    assertThat(sent.getException()).isNull();
    MockEndpoint sink = sinkOf(context, route.replace("sink-", "") + "-change-sink");
    assertThat(sink.getExchanges()).hasSize(1);
    ChangeBatch applied = sink.getExchanges().get(0).getMessage().getBody(ChangeBatch.class);
    assertThat(applied.changes())
        .extracting(change -> change.row()[1])
        .containsExactly("second", "other");
    assertThat(applied.progress().get(0).nextOffset()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sink-clickhouse", "sink-iceberg"})
  void aFailingSinkFailsTheExchangeAfterAFewTries(String route) throws Exception {
    CamelContext context = start("cdc");
    feedByHand(context, route);
    MockEndpoint sink = sinkOf(context, route.replace("sink-", "") + "-change-sink");
    sink.whenAnyExchangeReceived(
        exchange -> {
          throw new IllegalStateException("the sink is down");
        });
    context.getRouteController().startRoute(route);
    Exchange sent = send(context, record(0, 1, "a", 100));
    assertThat(sent.getException()).hasMessageContaining("the sink is down");
    assertThat(sink.getReceivedCounter()).isEqualTo(3);
  }

  /** The log's position moves when the exchange succeeds: a kill before that has it come again. */
  @Test
  void aBatchIsDoneOnceItsTextsCanBeSearched() throws Exception {
    CamelContext context = start("cdc");
    feedByHand(context, "sink-clickhouse");
    MockEndpoint sink = sinkOf(context, "clickhouse-change-sink");
    MockEndpoint embedding = sinkOf(context, "clickhouse-embedding-sink");
    embedding.whenAnyExchangeReceived(
        exchange -> {
          assertThat(sink.getReceivedCounter()).isPositive();
          throw new IllegalStateException("the model is out of memory");
        });
    context.getRouteController().startRoute("sink-clickhouse");
    Exchange sent = send(context, record(0, 1, "a", 100));
    assertThat(sent.getException()).hasMessageContaining("the model is out of memory");
  }

  /** The route between a hand that feeds it and a sink that takes anything. */
  private static void feedByHand(CamelContext context, String route) throws Exception {
    AdviceWith.adviceWith(
        context,
        route,
        advice -> {
          advice.replaceFromWith("direct:log");
          advice.mockEndpointsAndSkip("kamelet:.*-sink.*");
        });
  }

  private static Exchange send(CamelContext context, LogRecord... records) {
    LogBatch batch = new LogBatch("dbserver1.app.users", USERS, List.of(records));
    return context
        .createProducerTemplate()
        .send("direct:log", exchange -> exchange.getMessage().setBody(batch));
  }

  private CamelContext start(String mode) {
    return start(mode, false);
  }

  private CamelContext start(String mode, boolean managed) {
    main.addOverrideProperty("ingestion.mode", mode);
    main.addOverrideProperty("camel.main.autoStartup", "false");
    main.addOverrideProperty("camel.management.enabled", Boolean.toString(managed));
    main.setShutdownStrategy(new SimpleMainShutdownStrategy());
    main.start();
    return main.getCamelContext();
  }

  /** Those that a reader knows, without the Kamelets' own. */
  private static Set<String> routes(CamelContext context) {
    Set<String> ids = new TreeSet<>();
    for (Route route : context.getRoutes()) {
      if (!route.isCreatedByKamelet()) {
        ids.add(route.getRouteId());
      }
    }
    return ids;
  }

  private static MockEndpoint sinkOf(CamelContext context, String kamelet) {
    return context.getEndpointRegistry().values().stream()
        .filter(MockEndpoint.class::isInstance)
        .map(MockEndpoint.class::cast)
        .filter(endpoint -> endpoint.getEndpointUri().contains(kamelet))
        .findFirst()
        .orElseThrow();
  }

  private static LogRecord record(long offset, long id, String name, long lsn) {
    String envelope =
        """
        {"before": null, "after": {"id": %d, "name": "%s"},
         "source": {"lsn": %d, "sequence": "[\\"90\\",\\"%d\\"]", "ts_us": 1}, "op": "u"}
        """
            .formatted(id, name, lsn, lsn);
    byte[] key = "{\"id\":%d}".formatted(id).getBytes(StandardCharsets.UTF_8);
    return new LogRecord(0, offset, key, envelope.getBytes(StandardCharsets.UTF_8), 0, null);
  }
}
