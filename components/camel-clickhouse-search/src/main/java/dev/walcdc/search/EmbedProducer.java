package dev.walcdc.search;

import dev.walcdc.change.ChangeBatch;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultProducer;

/**
 * Embeds the texts of the {@link ChangeBatch} in a message's body, which it leaves as it is; when
 * it returns they can be searched.
 */
class EmbedProducer extends DefaultProducer {

  private final ClickHouseSearchEndpoint endpoint;

  EmbedProducer(ClickHouseSearchEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  @Override
  public void process(Exchange exchange) throws Exception {
    endpoint.embedder().embed(exchange.getMessage().getMandatoryBody(ChangeBatch.class));
  }
}
