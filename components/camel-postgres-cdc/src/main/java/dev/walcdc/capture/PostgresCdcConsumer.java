package dev.walcdc.capture;

import dev.walcdc.changelog.OutgoingMessage;
import dev.walcdc.log.OutgoingRecord;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;

/**
 * Consumer of the {@code postgres-cdc} scheme. Each exchange carries records for the log, as a list
 * of messages that camel-kafka takes as it is: a batch of changes, or before it the schemas that
 * they name, or after it the position that is reached. An exchange that failed is tried again for
 * ever, with the same records; nothing is confirmed to the source before the position that says so
 * is durable. At a stop nothing is confirmed.
 */
public class PostgresCdcConsumer extends DefaultConsumer {

  private final PostgresCdcEndpoint endpoint;
  private final PostgresCdcConfiguration options;
  private volatile CaptureLoop loop;
  private ExecutorService thread;

  public PostgresCdcConsumer(PostgresCdcEndpoint endpoint, Processor processor) {
    super(endpoint, processor);
    this.endpoint = endpoint;
    this.options = endpoint.getConfiguration();
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    CaptureHealthCheck check = new CaptureHealthCheck(this, getRouteId());
    check.setEnabled(
        ((PostgresCdcComponent) endpoint.getComponent()).isHealthCheckConsumerEnabled());
    setHealthCheck(check);
    thread =
        endpoint
            .getCamelContext()
            .getExecutorServiceManager()
            .newSingleThreadExecutor(this, "capture-" + options.getName());
    loop = new CaptureLoop(options, this::runRoute, getExceptionHandler());
    thread.execute(loop);
  }

  @Override
  protected void doStop() throws Exception {
    if (loop != null) {
      loop.stop();
    }
    if (thread != null) {
      endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(thread);
    }
    super.doStop();
  }

  /** Why nothing is captured at the moment; null if all is well. */
  Exception failure() {
    return loop == null ? null : loop.failure();
  }

  private Exception runRoute(List<OutgoingRecord> records) {
    Exchange exchange = createExchange(false);
    try {
      exchange.getMessage().setBody(OutgoingMessage.of(endpoint.getCamelContext(), records));
      getProcessor().process(exchange);
      return exchange.getException();
    } catch (Exception e) {
      return e;
    } finally {
      releaseExchange(exchange, false);
    }
  }
}
