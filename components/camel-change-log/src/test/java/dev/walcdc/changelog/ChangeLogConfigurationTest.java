package dev.walcdc.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultComponent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeLogConfigurationTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "db1.app.users",
        "db1.app.schemas",
        "db1.app.positions",
        "db1.App.odd name",
        "db1.a.b.c"
      })
  void readsEveryTableByDefault(String topic) {
    assertThat(matches(configuration(".*"), topic)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "db1.schemas",
        "db1.positions",
        "db1",
        "db1.",
        "db1.app",
        "db1.app.",
        "db1..users",
        "db2.app.users",
        "xdb1.app.users",
        "db1xapp.users",
        "db10.app.users"
      })
  void readsNothingElse(String topic) {
    assertThat(matches(configuration(".*"), topic)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "app.users, app.users, true",
    "app.users, app.users2, false",
    "app.users, xapp.users, false",
    "'app.users,app.orders', app.orders, true",
    "'  app.users ,  app.orders  ', app.orders, true",
    "'  app.users ,  app.orders  ', app.users, true",
    "'app.users,app.orders', app.items, false",
    "'app\\..*', app.items, true",
    "'app\\..*', other.items, false",
    "'.*', schemas, false",
    "'schemas,positions,app.users', schemas, false",
    "'schemas,positions,app.users', positions, false"
  })
  void readsTheTablesOfItsList(String list, String table, boolean read) {
    assertThat(matches(configuration(list), "db1." + table)).isEqualTo(read);
  }

  @Test
  void neverReadsTheSchemasTopicAsATable() {
    ChangeLogConfiguration configuration = configuration(".*");
    configuration.setSchemasTopic("db1.meta.schemas");

    assertThat(matches(configuration, "db1.meta.schemas")).isFalse();
    assertThat(matches(configuration, "db1.meta.schemas2")).isTrue();
    assertThat(matches(configuration, "db1.app.schemas")).isTrue();
  }

  @Test
  void takesAPrefixLiterally() {
    ChangeLogConfiguration configuration = configuration(".*");
    configuration.setTopicPrefix("db.1");

    assertThat(matches(configuration, "db.1.app.users")).isTrue();
    assertThat(matches(configuration, "dbx1.app.users")).isFalse();
  }

  @Test
  void schemasLieUnderThePrefixUnlessSaidOtherwise() {
    ChangeLogConfiguration configuration = configuration(".*");

    assertThat(configuration.getSchemasTopic()).isEqualTo("db1.schemas");
    configuration.setSchemasTopic("elsewhere");
    assertThat(configuration.getSchemasTopic()).isEqualTo("elsewhere");
  }

  @Test
  void theUriSetsOptionsOfItsEndpointOnly() throws Exception {
    try (DefaultCamelContext context = new DefaultCamelContext()) {
      ChangeLogComponent component = new ChangeLogComponent();
      component.getConfiguration().setBrokers("everywhere:9092");
      context.addComponent("change-log", component);

      ChangeLogEndpoint endpoint =
          context.getEndpoint(
              "change-log:db1?groupId=g&batchInterval=2s&saslJaasConfig=RAW(a b;c)&securityProtocol=SASL_SSL"
                  + "&saslMechanism=PLAIN&additionalProperties.fetch.min.bytes=7",
              ChangeLogEndpoint.class);

      ChangeLogConfiguration configuration = endpoint.getConfiguration();
      assertThat(configuration.getTopicPrefix()).isEqualTo("db1");
      assertThat(configuration.getBrokers()).isEqualTo("everywhere:9092");
      assertThat(configuration.getBatchInterval()).isEqualTo(2_000);
      assertThat(configuration.getAdditionalProperties()).containsEntry("fetch.min.bytes", "7");
      assertThat(configuration.connection().properties())
          .containsEntry("bootstrap.servers", "everywhere:9092")
          .containsEntry("security.protocol", "SASL_SSL")
          .containsEntry("sasl.mechanism", "PLAIN")
          .containsEntry("sasl.jaas.config", "a b;c");
      assertThat(configuration.connection().toString()).doesNotContain("a b;c");
      assertThat(endpoint.getEndpointUri()).contains("db1");
      assertThat(component.getConfiguration().getGroupId()).isNull();
      assertThatThrownBy(endpoint::createProducer).hasMessageContaining("can only be read");
    }
  }

  @Test
  void namesAPositionStoreThatIsNone() throws Exception {
    try (DefaultCamelContext context = new DefaultCamelContext()) {
      context.addComponent("ok", new Store());
      assertThat(endpoint(context, "").positionStore()).isNull();
      assertThat(endpoint(context, "&positionStore=ok").positionStore()).isInstanceOf(Store.class);
      for (String wrong : new String[] {"direct", "nowhere"}) {
        ChangeLogEndpoint endpoint = endpoint(context, "&positionStore=" + wrong);
        assertThatThrownBy(endpoint::positionStore)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("positionStore=`" + wrong + "`");
      }
    }
  }

  private static ChangeLogEndpoint endpoint(DefaultCamelContext context, String options) {
    return context.getEndpoint(
        "change-log:db1?brokers=b:1&groupId=g" + options, ChangeLogEndpoint.class);
  }

  private static boolean matches(ChangeLogConfiguration configuration, String topic) {
    return configuration.topics().matcher(topic).matches();
  }

  private static ChangeLogConfiguration configuration(String tables) {
    ChangeLogConfiguration configuration = new ChangeLogConfiguration();
    configuration.setTopicPrefix("db1");
    configuration.setTableIncludeList(tables);
    return configuration;
  }

  private static final class Store extends DefaultComponent implements PositionStore {
    @Override
    public Map<Integer, Long> nextOffsets(String topic, java.util.Set<Integer> partitions) {
      return Map.of();
    }

    @Override
    protected Endpoint createEndpoint(String uri, String path, Map<String, Object> parameters) {
      throw new UnsupportedOperationException();
    }
  }
}
