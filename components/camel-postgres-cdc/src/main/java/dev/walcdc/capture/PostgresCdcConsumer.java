package dev.walcdc.capture;

import dev.walcdc.capture.debezium.DebeziumSettings;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.CaptureState.Phase;
import dev.walcdc.capture.state.LogTopics;
import dev.walcdc.capture.state.StateLog;
import dev.walcdc.changelog.OutgoingMessage;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.log.TopicNames;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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

  private static final Duration POLL = Duration.ofMillis(200);
  private static final byte[] FENCE_KEY =
      "{\"walcdc\":\"fence\"}".getBytes(StandardCharsets.US_ASCII);

  private final PostgresCdcEndpoint endpoint;
  private final PostgresCdcConfiguration options;
  private CountDownLatch stopping = new CountDownLatch(1);
  private volatile Exception failure;
  private ExecutorService thread;

  public PostgresCdcConsumer(PostgresCdcEndpoint endpoint, Processor processor) {
    super(endpoint, processor);
    this.endpoint = endpoint;
    this.options = endpoint.getConfiguration();
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    stopping = new CountDownLatch(1);
    CaptureHealthCheck check = new CaptureHealthCheck(this, getRouteId());
    check.setEnabled(
        ((PostgresCdcComponent) endpoint.getComponent()).isHealthCheckConsumerEnabled());
    setHealthCheck(check);
    thread =
        endpoint
            .getCamelContext()
            .getExecutorServiceManager()
            .newSingleThreadExecutor(this, "capture-" + options.getName());
    thread.execute(this::run);
  }

  @Override
  protected void doStop() throws Exception {
    stopping.countDown();
    if (thread != null) {
      endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(thread);
    }
    super.doStop();
  }

  /** Why nothing is captured at the moment; null if all is well. */
  Exception failure() {
    return failure;
  }

  /** Captures for ever; an engine that died is started again where the last position says. */
  private void run() {
    long pause = options.getBackOff();
    while (isCapturing()) {
      try (LogTopics topics =
          new LogTopics(options.log(), options.getTopicPartitions(), options.getTopicRetention())) {
        capture(topics);
      } catch (InterruptedException e) {
        return;
      } catch (Throwable e) {
        // An Error as well: a capture that ends in silence would look healthy.
        pause = failure == null ? options.getBackOff() : pause;
        failure = e instanceof Exception x ? x : new CaptureException(e.toString(), e);
        getExceptionHandler().handleException("Capture does not run, starting it again", e);
        if (pausedUntilStop(pause)) {
          return;
        }
        pause = Math.min(pause * 2, options.getBackOffMax());
      }
    }
  }

  private void capture(LogTopics topics) throws SQLException, InterruptedException {
    topics.ensureCompacted(options.getPositionsTopic());
    topics.ensureCompacted(options.getSchemasTopic());
    CaptureStart start =
        CaptureStart.find(
            options,
            new StateLog(options.log(), options.getPositionsTopic()).last(options.getName()));
    SourceCatalog catalog = new SourceCatalog(options.source());
    TableSchemas schemas =
        new TableSchemas(
            catalog::shape,
            new SchemaLog(options.log(), options.getSchemasTopic()).all(),
            start.epoch());
    List<TableName> tables = capturedTables(catalog);
    topics.ensureChanges(tables.stream().map(this::topicOf).toList());
    // Durable before the slot exists: a start that finds it knows the slot for its own.
    if (start.position() == null
        && !publishState(new Progress(start, Phase.SNAPSHOT, null), topics)) {
      return;
    }
    try (CaptureEngine engine =
        DebeziumSettings.start(options, start.heartbeat(), start.position(), schemas)) {
      follow(engine, start, schemas, tables, topics);
    }
  }

  private void follow(
      CaptureEngine engine,
      CaptureStart start,
      TableSchemas schemas,
      List<TableName> tables,
      LogTopics topics)
      throws InterruptedException {
    SourcePosition reached = null;
    long confirmedAt = 0;
    while (isCapturing()) {
      CapturedBatch batch = engine.poll(POLL);
      if (batch == null) {
        continue;
      }
      if (!publish(batch, topics) || (batch.snapshotEnds() && !fence(start, schemas, tables))) {
        return;
      }
      reached = batch.confirmable() != null ? batch.confirmable() : reached;
      boolean due =
          System.nanoTime() - confirmedAt
              >= TimeUnit.MILLISECONDS.toNanos(options.getPositionInterval());
      if (reached != null && (due || batch.snapshotEnds())) {
        if (!publishState(new Progress(start, Phase.STREAMING, reached), topics)) {
          return;
        }
        engine.release(reached);
        reached = null;
        confirmedAt = System.nanoTime();
      } else {
        engine.release(null);
      }
      failure = null;
    }
  }

  private record Progress(CaptureStart start, Phase phase, SourcePosition position) {}

  private boolean publish(CapturedBatch batch, LogTopics topics) throws InterruptedException {
    topics.ensureChanges(batch.records().stream().map(OutgoingRecord::topic).distinct().toList());
    return publishSchemas(batch.schemas()) && send(batch.records());
  }

  private boolean publishSchemas(List<TableSchema> schemas) {
    List<OutgoingRecord> records = new ArrayList<>();
    for (TableSchema schema : schemas) {
      records.add(
          OutgoingRecord.plain(
              options.getSchemasTopic(),
              schema.fingerprint().getBytes(StandardCharsets.US_ASCII),
              schema.toJson()));
    }
    return send(records);
  }

  /** Rows that an older epoch left behind and the snapshot did not find are gone at the source. */
  private boolean fence(CaptureStart start, TableSchemas schemas, List<TableName> tables) {
    if (start.epoch() == 1) {
      return true;
    }
    List<OutgoingRecord> fences = new ArrayList<>();
    for (TableName table : tables) {
      schemas
          .ofCatalog(table)
          .ifPresent(
              schema ->
                  fences.add(
                      new OutgoingRecord(
                          topicOf(table),
                          FENCE_KEY,
                          null,
                          schema.fingerprint(),
                          0,
                          start.epoch())));
    }
    return publishSchemas(schemas.takeUnpublished()) && send(fences);
  }

  private boolean publishState(Progress progress, LogTopics topics) throws InterruptedException {
    CaptureState state =
        new CaptureState(
            progress.start().epoch(),
            progress.phase(),
            progress.start().cluster().systemIdentifier(),
            progress.start().cluster().timeline(),
            progress.position(),
            progress.position() == null ? Map.of() : topics.nextOffsets(),
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
    return send(
        List.of(
            OutgoingRecord.plain(
                options.getPositionsTopic(),
                options.getName().getBytes(StandardCharsets.UTF_8),
                state.toJson())));
  }

  /**
   * Runs the route with these records until it succeeds.
   *
   * @return false if capture stops before that
   */
  private boolean send(List<OutgoingRecord> records) {
    if (records.isEmpty()) {
      return true;
    }
    List<OutgoingMessage> messages = OutgoingMessage.of(endpoint.getCamelContext(), records);
    long pause = options.getBackOff();
    while (isCapturing()) {
      Exception refused = runRoute(messages);
      if (refused == null) {
        return true;
      }
      failure = refused;
      getExceptionHandler()
          .handleException("A batch was not written to the log and will be tried again", refused);
      if (pausedUntilStop(pause)) {
        return false;
      }
      pause = Math.min(pause * 2, options.getBackOffMax());
    }
    return false;
  }

  private Exception runRoute(List<OutgoingMessage> messages) {
    Exchange exchange = createExchange(false);
    try {
      exchange.getMessage().setBody(messages);
      getProcessor().process(exchange);
      return exchange.getException();
    } catch (Exception e) {
      return e;
    } finally {
      releaseExchange(exchange, false);
    }
  }

  private List<TableName> capturedTables(SourceCatalog catalog) throws SQLException {
    Predicate<TableName> included = options.includedTables();
    return catalog.publishedTables(options.getPublicationName()).stream()
        .filter(table -> !table.toString().equals(options.getHeartbeatTable()))
        .filter(included)
        .toList();
  }

  private String topicOf(TableName table) {
    return TopicNames.of(options.getTopicPrefix(), table.schema(), table.table());
  }

  private boolean isCapturing() {
    return stopping.getCount() > 0;
  }

  private boolean pausedUntilStop(long millis) {
    try {
      return stopping.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
