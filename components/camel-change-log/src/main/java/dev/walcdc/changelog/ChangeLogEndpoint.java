package dev.walcdc.changelog;

import org.apache.camel.Category;
import org.apache.camel.Component;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Consumes batches of row changes from the log, one table a batch, for a sink to apply as a whole.
 */
@UriEndpoint(
    firstVersion = "0.1.0",
    scheme = "change-log",
    title = "Change Log",
    syntax = "change-log:topicPrefix",
    consumerOnly = true,
    category = {Category.MESSAGING})
public class ChangeLogEndpoint extends DefaultEndpoint {

  @UriParam private ChangeLogConfiguration configuration;

  public ChangeLogEndpoint(String uri, Component component, ChangeLogConfiguration configuration) {
    super(uri, component);
    this.configuration = configuration;
  }

  @Override
  public Consumer createConsumer(Processor processor) throws Exception {
    ChangeLogConsumer consumer = new ChangeLogConsumer(this, processor);
    configureConsumer(consumer);
    return consumer;
  }

  @Override
  public Producer createProducer() {
    throw new UnsupportedOperationException(
        "The change log is written with camel-kafka; `" + getEndpointUri() + "` can only be read");
  }

  /**
   * What the consumer's header {@code positionStore} names; null where the group keeps the
   * position.
   */
  PositionStore positionStore() {
    String name = configuration.getPositionStore();
    if (name == null) {
      return null;
    }
    if (getCamelContext().getComponent(name) instanceof PositionStore store) {
      return store;
    }
    throw new IllegalArgumentException(
        "positionStore=`%s` is not a component that stores positions; name one that does, such as `iceberg`, or leave the option out"
            .formatted(name));
  }

  public ChangeLogConfiguration getConfiguration() {
    return configuration;
  }

  public void setConfiguration(ChangeLogConfiguration configuration) {
    this.configuration = configuration;
  }
}
