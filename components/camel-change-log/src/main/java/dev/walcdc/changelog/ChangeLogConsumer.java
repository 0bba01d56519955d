package dev.walcdc.changelog;

import dev.walcdc.log.LogBatch;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/**
 * Consumer of the {@code change-log} scheme: one exchange a batch, its body a {@link LogBatch}, its
 * header {@code kafka.TOPIC} the topic. A batch counts as applied when its exchange ended without
 * an exception; one that failed is tried again for ever. Batches of one table come one after the
 * other, those of several tables at the same time.
 */
public class ChangeLogConsumer extends DefaultConsumer implements BatchDelivery.Route {

  private static final String TOPIC_HEADER = "kafka.TOPIC";

  private final ChangeLogEndpoint endpoint;
  private final ChangeLogConfiguration configuration;
  private final Map<String, Throwable> failing = new ConcurrentHashMap<>();
  private volatile Throwable readerFailure;
  private volatile LogReader reader;
  private volatile boolean running;
  private ExecutorService workers;
  private ExecutorService readerThread;

  public ChangeLogConsumer(ChangeLogEndpoint endpoint, Processor processor) {
    super(endpoint, processor);
    this.endpoint = endpoint;
    this.configuration = endpoint.getConfiguration();
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    setHealthCheck(new ChangeLogHealthCheck(this, getRouteId()));
    var executors = endpoint.getCamelContext().getExecutorServiceManager();
    workers =
        executors.newFixedThreadPool(
            this, configuration.getGroupId() + "-apply", configuration.getConcurrentTables());
    readerThread = executors.newSingleThreadExecutor(this, configuration.getGroupId() + "-read");
    running = true;
    readerThread.execute(this::read);
  }

  /** Reads for ever; after a failure anew, from what is applied by then. */
  private void read() {
    long pause = configuration.getBackOff();
    while (running) {
      try {
        SchemaLog schemas =
            new SchemaLog(configuration.connection(), configuration.getSchemasTopic());
        LogReader next =
            new LogReader(
                configuration,
                endpoint.positionStore(),
                schemas,
                new Quarantine(configuration),
                this,
                workers);
        reader = next;
        if (!running) {
          next.stop();
        }
        next.run();
      } catch (FencedInstanceIdException e) {
        reader = null;
        readerFailure =
            new IllegalStateException(
                "Another reader of group %s goes by the name %s and has taken this one's place, so this one stops. Give each a groupInstanceId of its own, or end the other and start this one again"
                    .formatted(configuration.getGroupId(), configuration.getGroupInstanceId()),
                e);
        getExceptionHandler().handleException(readerFailure);
        return; // Coming back would drive the other one out, and so on for ever.
      } catch (Exception | Error e) {
        if (reader != null && reader.isReading()) {
          pause = configuration.getBackOff();
        }
        readerFailure = e;
        reader = null;
        getExceptionHandler().handleException("Reading the change log failed, trying again", e);
        pause = sleep(pause);
      }
    }
  }

  private long sleep(long pause) {
    try {
      synchronized (this) {
        if (running) {
          wait(pause);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Math.min(pause * 2, configuration.getBackOffMax());
  }

  @Override
  protected void doStop() throws Exception {
    running = false;
    synchronized (this) {
      notifyAll();
    }
    LogReader current = reader;
    if (current != null) {
      current.stop();
    }
    var executors = endpoint.getCamelContext().getExecutorServiceManager();
    if (readerThread != null) {
      executors.shutdownGraceful(
          readerThread, configuration.getRevokeTimeout() + TimeUnit.SECONDS.toMillis(10));
    }
    if (workers != null) {
      executors.shutdownNow(workers);
    }
    super.doStop();
  }

  @Override
  public void take(LogBatch batch) throws Exception {
    Exchange exchange = createExchange(false);
    try {
      exchange.getMessage().setHeader(TOPIC_HEADER, batch.topic());
      exchange.getMessage().setBody(batch);
      getProcessor().process(exchange);
      if (exchange.getException() != null) {
        throw exchange.getException();
      }
    } finally {
      releaseExchange(exchange, false);
    }
  }

  @Override
  public void failed(String topic, Throwable cause) {
    failing.put(topic, cause);
    getExceptionHandler()
        .handleException("Topic " + topic + " does not advance and will be tried again", cause);
  }

  @Override
  public void cleared(String topic) {
    failing.remove(topic);
  }

  /** What keeps tables from advancing, by topic; empty if all is well. */
  Map<String, Throwable> failing() {
    return failing;
  }

  /** How many letters of this sink are open, by topic; empty if all is well. */
  Map<String, Long> openLetters() {
    LogReader current = reader;
    return current == null ? Map.of() : current.openLetters();
  }

  /** Why the log itself cannot be read; null if it can. */
  Throwable readerFailure() {
    LogReader current = reader;
    return current != null && current.isReading() ? null : readerFailure;
  }
}
