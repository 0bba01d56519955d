package dev.walcdc.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClickHouseClientsTest {

  private static ClickHouseConfiguration at(String url) {
    ClickHouseConfiguration configuration = new ClickHouseConfiguration();
    configuration.setServerUrl(url);
    return configuration;
  }

  @Test
  void takesSchemeHostAndPort() {
    assertThat(ClickHouseClients.endpointOf(at("http://ch:8123/"))).isEqualTo("http://ch:8123");
    ClickHouseConfiguration secure = at("http://ch:8443");
    secure.setSsl(true);
    assertThat(ClickHouseClients.endpointOf(secure)).isEqualTo("https://ch:8443");
  }

  @Test
  void refusesSizesAndTimesThatNothingCanComeOf() {
    ClickHouseConfiguration configuration = new ClickHouseConfiguration();
    assertThatThrownBy(() -> configuration.setBatchSize(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batchSize");
    assertThatThrownBy(() -> configuration.setRequestTimeout(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("requestTimeout");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "ch:8123",
        "http://ch",
        "http://:8123",
        "nonsense at all",
        "http://me:hush@ch:8123",
        "http://ch:8123?password=hush"
      })
  void refusesAnythingElseWithoutRepeatingIt(String url) {
    assertThatThrownBy(() -> ClickHouseClients.endpointOf(at(url)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("serverUrl")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hush"));
  }
}
