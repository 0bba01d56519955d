package dev.walcdc.clickhouse;

import static dev.walcdc.clickhouse.Changes.batch;
import static dev.walcdc.clickhouse.Changes.create;
import static dev.walcdc.clickhouse.Changes.notNull;
import static dev.walcdc.clickhouse.Changes.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.clickhouse.client.api.Client;
import dev.walcdc.change.RefusedChangeException;
import dev.walcdc.change.RowChange;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import dev.walcdc.schema.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The component as a route uses it. */
class ClickHouseRouteIT {

  private TestServer server;
  private DefaultCamelContext camel;
  private ProducerTemplate template;
  private TableSchema schema;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer();
    schema = schema(TestServer.newSchema(), "t", List.of("id"), notNull("id", "int4"));
    camel = new DefaultCamelContext();
    camel
        .getComponent("clickhouse", ClickHouseComponent.class)
        .setConfiguration(TestServer.configuration());
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from("direct:sink").to("clickhouse:*?batchSize=7&requestTimeout=60s");
          }
        });
    camel.start();
    template = camel.createProducerTemplate();
  }

  @AfterEach
  void stop() {
    camel.stop();
    server.close();
  }

  private Exchange send(Object body) {
    return template.send("direct:sink", exchange -> exchange.getMessage().setBody(body));
  }

  private String count() {
    return server.ask("SELECT count() FROM `%s`.t_current".formatted(schema.schema()));
  }

  @Test
  void appliesABatchAndSaysHowMuchItWrote() {
    List<RowChange> changes = new ArrayList<>();
    for (int id = 0; id < 20; id++) {
      changes.add(create(5, id));
    }
    Exchange exchange = send(batch(schema, null, changes));
    assertThat(exchange.getException()).isNull();
    assertThat(exchange.getMessage().getHeader(ClickHouseConstants.WRITTEN_ROWS)).isEqualTo(20L);
    assertThat(count()).isEqualTo("20");
    // The table is made by the first position that is written.
    await()
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(appliedOffset()).isEqualTo("100"));
  }

  private String appliedOffset() {
    return server.ask(
        "SELECT max(next_offset) FROM walcdc.applied WHERE source_schema = '%s'"
            .formatted(schema.schema()));
  }

  @Test
  void aStopWritesDownThePositionAtOnce() {
    send(batch(schema, create(5, 1)));
    camel.stop();
    assertThat(appliedOffset()).isEqualTo("100");
  }

  @Test
  void refusesABodyThatIsNoBatch() {
    assertThat(send("text").getException()).isInstanceOf(InvalidPayloadException.class);
  }

  @Test
  void hasNoConsumer() {
    assertThatThrownBy(() -> camel.getEndpoint("clickhouse:*").createConsumer(e -> {}))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void topicsAreAppliedAtTheSameTime() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Exchange>> work = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        TableSchema own = schema(schema.schema(), "t" + i, List.of("id"), notNull("id", "int4"));
        work.add(
            () -> {
              Exchange last = null;
              for (int id = 0; id < 5; id++) {
                last = send(batch(own, create(5, id)));
              }
              return last;
            });
      }
      for (Future<Exchange> done : threads.invokeAll(work)) {
        assertThat(done.get().getException()).isNull();
      }
    } finally {
      threads.shutdownNow();
    }
    for (int i = 0; i < 8; i++) {
      assertThat(server.ask("SELECT count() FROM `%s`.t%d_current".formatted(schema.schema(), i)))
          .isEqualTo("5");
    }
  }

  @Test
  void aServerThatIsDownFailsTheBatchAndALaterAttemptSucceeds() {
    send(batch(schema, create(5, 1)));
    SharedStack.with(Server.CLICKHOUSE).stop(Server.CLICKHOUSE);
    try {
      Exception failure = send(batch(schema, create(6, 2))).getException();
      ClickHouseConfiguration options =
          camel.getComponent("clickhouse", ClickHouseComponent.class).getConfiguration();
      assertThat(failure)
          .isInstanceOf(ClickHouseException.class)
          .isNotInstanceOf(RefusedChangeException.class)
          .hasMessageContainingAll(options.getServerUrl(), "serverUrl", "Check that");
      assertThat(failure.getMessage()).doesNotContain(options.getPassword());
    } finally {
      SharedStack.with(Server.CLICKHOUSE);
    }
    assertThat(send(batch(schema, create(6, 2))).getException()).isNull();
    assertThat(count()).isEqualTo("2");
  }

  @Test
  void aWrongPasswordSaysSoWithoutShowingIt() throws Exception {
    try (DefaultCamelContext other = new DefaultCamelContext()) {
      ClickHouseConfiguration wrong = TestServer.configuration();
      wrong.setPassword("hush-hush");
      other.getComponent("clickhouse", ClickHouseComponent.class).setConfiguration(wrong);
      other.start();
      Exception failure =
          other
              .createProducerTemplate()
              .send("clickhouse:*", e -> e.getMessage().setBody(batch(schema, create(5, 1))))
              .getException();
      assertThat(failure)
          .isInstanceOf(ClickHouseException.class)
          .hasMessageContainingAll(wrong.getServerUrl(), "`password`");
      assertThat(failure.getMessage()).doesNotContain("hush-hush");
    }
  }

  @Test
  void aSharedClientIsUsedInPlaceOfTheOptions() throws Exception {
    try (Client client = ClickHouseClients.create(TestServer.configuration());
        DefaultCamelContext other = new DefaultCamelContext()) {
      other.getRegistry().bind("shared", client);
      other.start();
      Exchange sent =
          other
              .createProducerTemplate()
              .send("clickhouse:*", e -> e.getMessage().setBody(batch(schema, create(5, 1))));
      assertThat(sent.getException()).isNull();
      assertThat(count()).isEqualTo("1");
    }
  }
}
