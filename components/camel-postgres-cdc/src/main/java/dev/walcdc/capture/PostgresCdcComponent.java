package dev.walcdc.capture;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.HealthCheckComponent;

/** Component of the {@code postgres-cdc} scheme. */
@Component("postgres-cdc")
public class PostgresCdcComponent extends HealthCheckComponent {

  @Metadata(description = "What endpoints use where their URI does not say otherwise.")
  private PostgresCdcConfiguration configuration = new PostgresCdcConfiguration();

  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    PostgresCdcEndpoint endpoint = new PostgresCdcEndpoint(uri, this, configuration.copy());
    endpoint.getConfiguration().setName(remaining);
    setProperties(endpoint, parameters);
    return endpoint;
  }

  public PostgresCdcConfiguration getConfiguration() {
    return configuration;
  }

  public void setConfiguration(PostgresCdcConfiguration configuration) {
    this.configuration = configuration;
  }
}
