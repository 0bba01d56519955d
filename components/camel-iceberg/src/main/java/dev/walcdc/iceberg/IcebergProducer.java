package dev.walcdc.iceberg;

import dev.walcdc.change.ChangeBatch;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultProducer;

/**
 * Applies the {@link ChangeBatch} in the body, in one commit. It may be called for several topics
 * at a time.
 */
final class IcebergProducer extends DefaultProducer {

  private final IcebergEndpoint endpoint;

  IcebergProducer(IcebergEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  @Override
  public void process(Exchange exchange) throws Exception {
    ChangeBatch batch = exchange.getMessage().getMandatoryBody(ChangeBatch.class);
    endpoint.sink(batch.topic()).apply(endpoint.asKept(batch));
  }
}
