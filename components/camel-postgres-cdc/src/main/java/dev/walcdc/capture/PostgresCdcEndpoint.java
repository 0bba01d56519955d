package dev.walcdc.capture;

import org.apache.camel.Category;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.support.DefaultEndpoint;

/** Captures committed row changes of a PostgreSQL database, one exchange a batch. */
@UriEndpoint(
    firstVersion = "0.1.0",
    scheme = "postgres-cdc",
    title = "PostgreSQL CDC",
    syntax = "postgres-cdc:name",
    consumerOnly = true,
    category = {Category.DATABASE})
public class PostgresCdcEndpoint extends DefaultEndpoint {

  @UriParam private PostgresCdcConfiguration configuration;

  public PostgresCdcEndpoint(
      String uri, Component component, PostgresCdcConfiguration configuration) {
    super(uri, component);
    this.configuration = configuration;
  }

  @Override
  public Consumer createConsumer(Processor processor) throws Exception {
    if (!configuration.getEngine().equals("debezium")) {
      throw new IllegalArgumentException(
          "Engine `%s` is not known; the one engine is `debezium`"
              .formatted(configuration.getEngine()));
    }
    PostgresCdcConsumer consumer = new PostgresCdcConsumer(this, processor);
    configureConsumer(consumer);
    return consumer;
  }

  @Override
  public Producer createProducer() {
    throw new UnsupportedOperationException(
        "`" + getEndpointUri() + "` captures changes; it cannot be written to");
  }

  public PostgresCdcConfiguration getConfiguration() {
    return configuration;
  }

  public void setConfiguration(PostgresCdcConfiguration configuration) {
    this.configuration = configuration;
  }
}
