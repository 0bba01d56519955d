package dev.walcdc.clickhouse;

import dev.walcdc.change.ChangeBatch;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultProducer;

/** Applies the {@link ChangeBatch} in a message's body; returns when it is queryable. */
public class ClickHouseProducer extends DefaultProducer {

  private final ClickHouseEndpoint endpoint;

  /** Made by the endpoint. */
  public ClickHouseProducer(ClickHouseEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  @Override
  public void process(Exchange exchange) throws Exception {
    ChangeBatch batch = exchange.getMessage().getMandatoryBody(ChangeBatch.class);
    long rows = endpoint.sink().apply(batch);
    exchange.getMessage().setHeader(ClickHouseConstants.WRITTEN_ROWS, rows);
  }
}
