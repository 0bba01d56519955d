package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.users;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.walcdc.changelog.PositionStore;
import java.io.Closeable;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.camel.support.PropertyBindingSupport;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.Test;

class IcebergComponentTest {

  private final TestLake lake = TestLake.inMemory();

  private CamelContext context(String... uris) throws Exception {
    CamelContext context = new DefaultCamelContext();
    context.getComponent("iceberg", IcebergComponent.class).setCatalog(lake.catalog);
    context.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            for (int i = 0; i < uris.length; i++) {
              from("direct:" + i).to(uris[i]);
            }
          }
        });
    context.start();
    return context;
  }

  @Test
  void writesBatchesAndTellsThePosition() throws Exception {
    try (CamelContext context = context("iceberg:*")) {
      PositionStore store = context.getComponent("iceberg", IcebergComponent.class);
      assertThat(store.nextOffsets(TOPIC, Set.of(0, 1))).isEmpty();

      context.createProducerTemplate().sendBody("direct:0", batch(users(), 5, create(10, 1L, "a")));

      assertThat(store.nextOffsets(TOPIC, Set.of(0, 1))).isEqualTo(Map.of(0, 5L));
      assertThat(store.nextOffsets(TOPIC, Set.of(1))).isEmpty();
      assertThat(lake.rows(TestLake.USERS)).hasSize(1);
    }
  }

  @Test
  void writesToOneNamespace() throws Exception {
    try (CamelContext context = context("iceberg:lake.raw")) {
      context.createProducerTemplate().sendBody("direct:0", batch(users(), 5, create(10, 1L, "a")));

      assertThat(lake.rows(TableIdentifier.of("lake", "raw", "users"))).hasSize(1);
      PositionStore store = context.getComponent("iceberg", IcebergComponent.class);
      assertThat(store.nextOffsets(TOPIC, Set.of(0))).isEqualTo(Map.of(0, 5L));
    }
  }

  @Test
  void goesOnWhereTheSlowestOfTwoEndpointsIs() throws Exception {
    try (CamelContext context = context("iceberg:*", "iceberg:copy")) {
      PositionStore store = context.getComponent("iceberg", IcebergComponent.class);
      context.createProducerTemplate().sendBody("direct:0", batch(users(), 5, create(10, 1L, "a")));
      assertThat(store.nextOffsets(TOPIC, Set.of(0))).isEmpty();

      context.createProducerTemplate().sendBody("direct:1", batch(users(), 3, create(10, 1L, "a")));
      assertThat(store.nextOffsets(TOPIC, Set.of(0))).isEqualTo(Map.of(0, 3L));
    }
  }

  @Test
  void commitsAPositionThatOnlyMoved() throws Exception {
    try (CamelContext context = context("iceberg:*?positionInterval=20ms")) {
      PositionStore store = context.getComponent("iceberg", IcebergComponent.class);
      context.createProducerTemplate().sendBody("direct:0", batch(users(), 5, create(10, 1L, "a")));
      context.createProducerTemplate().sendBody("direct:0", batch(users(), 9));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> lake.summary(TestLake.USERS, "walcdc.next-offsets").equals("{\"0\":9}"));
      assertThat(store.nextOffsets(TOPIC, Set.of(0))).isEqualTo(Map.of(0, 9L));

      store.released(TOPIC);
      store.released("dbserver1.app.unknown");
    }
    assertThatThrownBy(() -> context("iceberg:*?positionInterval=0"))
        .rootCause()
        .hasMessageContaining("positionInterval=0");
  }

  @Test
  void refusesAnotherBodyAndAConsumer() throws Exception {
    try (CamelContext context = context("iceberg:*")) {
      assertThatThrownBy(() -> context.createProducerTemplate().sendBody("direct:0", "text"))
          .isInstanceOf(CamelExecutionException.class);
      assertThatThrownBy(() -> context.getEndpoint("iceberg:*").createConsumer(e -> {}))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void namesCatalogPropertiesAsIcebergDoes() throws Exception {
    try (CamelContext context = new DefaultCamelContext()) {
      IcebergComponent component = new IcebergComponent();
      PropertyBindingSupport.build()
          .withConfigurer((PropertyConfigurer) new IcebergComponentConfigurer())
          .withCamelContext(context)
          .withTarget(component)
          .withProperty("uri", "jdbc:postgresql://127.0.0.1/iceberg")
          .withProperty("jdbc-user", "iceberg")
          .withProperty("configuration.jdbcPassword", "secret")
          .withProperty("warehouse", "s3://lake/warehouse")
          .withProperty("s3-path-style-access", "true")
          .withProperty("configuration.clientRegion", "")
          .withProperty("catalog-properties[jdbc.schema-version]", "V0")
          .bind();

      assertThat(component.getConfiguration().toCatalogProperties())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "type", "jdbc",
                  "uri", "jdbc:postgresql://127.0.0.1/iceberg",
                  "jdbc.user", "iceberg",
                  "jdbc.password", "secret",
                  "jdbc.schema-version", "V0",
                  "warehouse", "s3://lake/warehouse",
                  "io-impl", "org.apache.iceberg.aws.s3.S3FileIO",
                  "http-client.type", "urlconnection",
                  "s3.path-style-access", "true"));
    }
  }

  /** Opening asks nobody; that the client is on the class path shows here. */
  @Test
  void opensGlue() throws Exception {
    IcebergConfiguration glue = new IcebergConfiguration();
    glue.setType("glue");
    glue.setWarehouse("s3://lake/warehouse");
    glue.setClientRegion("eu-central-1");
    try (Closeable catalog = (Closeable) glue.openCatalog()) {
      assertThat(catalog.getClass().getSimpleName()).isEqualTo("GlueCatalog");
    }
  }
}
