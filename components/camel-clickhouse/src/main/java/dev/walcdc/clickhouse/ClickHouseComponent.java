package dev.walcdc.clickhouse;

import com.clickhouse.client.api.Client;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** Applies batches of row changes to ClickHouse. */
@Component("clickhouse")
public class ClickHouseComponent extends DefaultComponent {

  @Metadata(description = "Options that every endpoint takes unless its URI says otherwise.")
  private ClickHouseConfiguration configuration = new ClickHouseConfiguration();

  @Metadata(
      autowired = true,
      label = "advanced",
      description =
          "A client that all endpoints share. With it serverUrl, username, password, ssl,"
              + " compression and requestTimeout are not used. It is not closed here.")
  private Client client;

  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    ClickHouseEndpoint endpoint =
        new ClickHouseEndpoint(uri, this, remaining, configuration.copy());
    setProperties(endpoint, parameters);
    return endpoint;
  }

  public ClickHouseConfiguration getConfiguration() {
    return configuration;
  }

  /** See the option of this name. */
  public void setConfiguration(ClickHouseConfiguration configuration) {
    this.configuration = configuration;
  }

  public Client getClient() {
    return client;
  }

  /** See the option of this name. */
  public void setClient(Client client) {
    this.client = client;
  }
}
