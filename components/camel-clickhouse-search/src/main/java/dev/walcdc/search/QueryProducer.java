package dev.walcdc.search;

import dev.walcdc.search.query.SearchAnswer;
import dev.walcdc.search.query.SearchRefusedException;
import dev.walcdc.search.query.SearchRequest;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.DefaultProducer;

/** Answers the question in a message's headers by a {@link SearchAnswer} in its body. */
class QueryProducer extends DefaultProducer {

  private final ClickHouseSearchEndpoint endpoint;

  QueryProducer(ClickHouseSearchEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  @Override
  public void process(Exchange exchange) {
    Message message = exchange.getMessage();
    SearchAnswer answer =
        endpoint
            .searcher()
            .search(
                new SearchRequest(
                    header(message, ClickHouseSearchConstants.TEXT),
                    header(message, ClickHouseSearchConstants.TABLE),
                    header(message, ClickHouseSearchConstants.WHERE),
                    limit(header(message, ClickHouseSearchConstants.LIMIT))));
    message.setBody(answer);
  }

  private static int limit(String header) {
    if (header == null || header.isBlank()) {
      return SearchRequest.USUAL;
    }
    try {
      return Integer.parseInt(header.strip());
    } catch (NumberFormatException e) {
      throw new SearchRefusedException(
          "`k` is `%s`; it is how many rows to give, 1 to %d."
              .formatted(header, SearchRequest.MOST));
    }
  }

  /** A parameter that is given twice comes as a list: none of its values is guessed to be meant. */
  private static String header(Message message, String name) {
    Object value = message.getHeader(name);
    if (value instanceof Iterable<?>) {
      throw new SearchRefusedException("`%s` is given more than once.".formatted(name));
    }
    return value == null ? null : value.toString();
  }
}
