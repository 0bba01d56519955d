package dev.walcdc.changelog;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.HealthCheckComponent;

/** Component of the {@code change-log} scheme. */
@Component("change-log")
public class ChangeLogComponent extends HealthCheckComponent {

  @Metadata(description = "What endpoints use where their URI does not say otherwise.")
  private ChangeLogConfiguration configuration = new ChangeLogConfiguration();

  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    ChangeLogEndpoint endpoint = new ChangeLogEndpoint(uri, this, configuration.copy());
    endpoint.getConfiguration().setTopicPrefix(remaining);
    setProperties(endpoint, parameters);
    return endpoint;
  }

  public ChangeLogConfiguration getConfiguration() {
    return configuration;
  }

  public void setConfiguration(ChangeLogConfiguration configuration) {
    this.configuration = configuration;
  }
}
