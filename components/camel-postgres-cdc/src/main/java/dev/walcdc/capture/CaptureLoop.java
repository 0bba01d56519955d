package dev.walcdc.capture;

import dev.walcdc.capture.debezium.DebeziumSettings;
import dev.walcdc.capture.resync.ResyncJob;
import dev.walcdc.capture.resync.ResyncJobs;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.CaptureState.Phase;
import dev.walcdc.capture.state.LogTopics;
import dev.walcdc.capture.state.StateLog;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Version;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.failpoint.FailPoint;
import dev.walcdc.log.OutgoingRecord;
import dev.walcdc.log.TopicNames;
import dev.walcdc.schema.TableSchema;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.spi.ExceptionHandler;

/**
 * Captures in the thread that runs it, until it is stopped; an engine that died is started again
 * where the last position says. Serves one start of a route: the next start has its own, so one
 * that is slow to end cannot take that for a reason to go on.
 */
final class CaptureLoop implements Runnable {

  /** Where records go. */
  @FunctionalInterface
  interface Route {
    /** Writes the records to the log; null if that succeeded, else why it did not. */
    Exception take(List<OutgoingRecord> records);
  }

  private static final Duration POLL = Duration.ofMillis(200);

  private final PostgresCdcConfiguration options;
  private final Route route;
  private final ExceptionHandler failures;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private volatile Exception failure;

  /**
   * @param failures told of what went wrong; it will be tried again
   */
  CaptureLoop(PostgresCdcConfiguration options, Route route, ExceptionHandler failures) {
    this.options = options;
    this.route = route;
    this.failures = failures;
  }

  /** Makes {@link #run()} return soon; may be called by any thread. */
  void stop() {
    stopping.countDown();
  }

  /** Why nothing is captured at the moment; null if all is well. For any thread. */
  Exception failure() {
    return failure;
  }

  @Override
  public void run() {
    long pause = options.getBackOff();
    while (isCapturing()) {
      try (LogTopics topics =
          new LogTopics(
              options.log(),
              options.getTopicPartitions(),
              options.getTopicRetention(),
              options.getMaxRecordBytes())) {
        capture(topics);
      } catch (InterruptedException e) {
        if (isCapturing()) {
          failure = new CaptureException("The capturing thread was interrupted", e);
        }
        return;
      } catch (Throwable e) {
        // An Error as well: a capture that ends in silence would look healthy.
        pause = failure == null ? options.getBackOff() : pause;
        failure = e instanceof Exception x ? x : new CaptureException(e.toString(), e);
        failures.handleException("Capture does not run, starting it again", e);
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
    Collection<TableSchema> published =
        new SchemaLog(options.log(), options.getSchemasTopic()).all();
    Optional<CaptureState> last =
        new StateLog(options.log(), options.getPositionsTopic()).last(options.getName());
    last.map(CaptureState::nextOffsets).ifPresent(topics::keep);
    CaptureStart start =
        CaptureStart.find(
            options, last, published.stream().mapToInt(TableSchema::epoch).max().orElse(0));
    SourceCatalog catalog = new SourceCatalog(options.source());
    ResyncJobs resyncs = new ResyncJobs(last.map(CaptureState::resyncs).orElse(List.of()));
    if (start.position() == null) {
      resyncs.endAll(
          ResyncJob.Phase.DONE, "the snapshot of epoch %d reads it".formatted(start.epoch()));
    }
    TableSchemas schemas = new TableSchemas(catalog::definition, resyncs, published, start.epoch());
    List<TableName> tables = capturedTables(catalog);
    topics.ensureChanges(topicsOf(tables));
    Map<String, String> known =
        start.position() == null ? null : last.map(CaptureState::tables).orElse(null);
    Run run =
        new Run(
            start,
            schemas,
            tables,
            resyncs,
            new JoinedTables(options, catalog, resyncs, known, tables));
    // Durable before the slot exists: a start that finds it knows the slot for its own.
    if (start.position() == null && !publishState(run, Phase.SNAPSHOT, null, topics)) {
      return;
    }
    if (start.position() == null) {
      schemas.snapshotBegins(tables);
    }
    try (CaptureEngine engine =
        DebeziumSettings.start(
            options,
            start.heartbeat(),
            start.position(),
            schemas,
            new TableDescriber(catalog, published),
            tables,
            start.epoch(),
            resyncs,
            start.signals())) {
      follow(engine, run, topics);
    }
  }

  /** What one run of an engine goes by. */
  private record Run(
      CaptureStart start,
      TableSchemas schemas,
      List<TableName> tables,
      ResyncJobs resyncs,
      JoinedTables joined) {}

  private void follow(CaptureEngine engine, Run run, LogTopics topics) throws InterruptedException {
    SourcePosition reached = null;
    SourcePosition stored = run.start().position();
    List<ResyncJob> storedResyncs = run.resyncs().all();
    boolean reading = false;
    long intervalNanos = TimeUnit.MILLISECONDS.toNanos(options.getPositionInterval());
    long confirmedAt = System.nanoTime() - intervalNanos;
    while (isCapturing()) {
      CapturedBatch batch = engine.poll(reading ? Duration.ZERO : POLL);
      boolean due = System.nanoTime() - confirmedAt >= intervalNanos;
      boolean told = false;
      if (batch != null) {
        FailPoint.CAPTURE_POLLED.reach();
        if (!publish(batch, topics) || (batch.snapshotEnds() && !fence(run, topics))) {
          return;
        }
        reached = batch.confirmable() != null ? batch.confirmable() : reached;
        if (reached != null && (due || batch.snapshotEnds())) {
          if (!publishState(run, Phase.STREAMING, reached, topics)) {
            return;
          }
          engine.release(reached);
          FailPoint.CAPTURE_CONFIRMED.reach();
          stored = reached;
          storedResyncs = run.resyncs().all();
          reached = null;
          told = true;
        } else {
          engine.release(null);
        }
        failure = null;
      }
      if (stored == null) {
        continue; // The snapshot comes first.
      }
      run.joined().look();
      CapturedBatch again = engine.readAgain();
      reading = again != null;
      if (reading && !publish(again, topics)) {
        return;
      }
      // In a quiet database nothing else may tell how far a resync is.
      if (!told && due && !run.resyncs().all().equals(storedResyncs)) {
        if (!publishState(run, Phase.STREAMING, stored, topics)) {
          return;
        }
        storedResyncs = run.resyncs().all();
        told = true;
      }
      if (told) {
        confirmedAt = System.nanoTime();
      }
    }
  }

  private boolean publish(CapturedBatch batch, LogTopics topics) throws InterruptedException {
    topics.ensureChanges(batch.records().stream().map(OutgoingRecord::topic).distinct().toList());
    return publishSchemas(batch.schemas())
        && send(
            topics.onTheirPartitions(topics.fitting(batch.records())),
            FailPoint.CAPTURE_BATCH_WRITTEN);
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
    return send(records, FailPoint.CAPTURE_SCHEMAS_PUBLISHED);
  }

  /**
   * Rows that an older epoch left behind and the snapshot did not find are gone at the source. Each
   * partition of each table learns it, whether the snapshot found rows for it or not.
   */
  private boolean fence(Run run, LogTopics topics) {
    if (run.start().epoch() == 1) {
      return true;
    }
    Version snapshot = Version.ofSnapshot(run.start().epoch());
    List<OutgoingRecord> fences = new ArrayList<>();
    for (TableName table : run.tables()) {
      run.schemas()
          .latest(table)
          .ifPresent(
              schema ->
                  fences.add(
                      OutgoingRecord.fence(
                          topicOf(table), schema.fingerprint(), Erasure.below(snapshot))));
    }
    return publishSchemas(run.schemas().takeUnpublished())
        && send(topics.onTheirPartitions(fences), FailPoint.CAPTURE_FENCE_WRITTEN);
  }

  private boolean publishState(Run run, Phase phase, SourcePosition position, LogTopics topics)
      throws InterruptedException {
    CaptureState state =
        new CaptureState(
            run.start().epoch(),
            phase,
            run.start().cluster().systemIdentifier(),
            run.start().cluster().timeline(),
            position,
            position == null ? Map.of() : topics.nextOffsets(),
            run.joined().known(),
            run.resyncs().all(),
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
    return send(
        List.of(
            OutgoingRecord.plain(
                options.getPositionsTopic(),
                options.getName().getBytes(StandardCharsets.UTF_8),
                state.toJson())),
        FailPoint.CAPTURE_POSITION_PUBLISHED);
  }

  /**
   * Runs the route with these records until it succeeds.
   *
   * @param durable reached when they are on the log
   * @return false if capture stops before that
   */
  private boolean send(List<OutgoingRecord> records, FailPoint durable) {
    if (records.isEmpty()) {
      return true;
    }
    long pause = options.getBackOff();
    while (isCapturing()) {
      Exception refused = route.take(records);
      if (refused == null) {
        durable.reach();
        return true;
      }
      failure = refused;
      failures.handleException(
          "A batch was not written to the log and will be tried again", refused);
      if (pausedUntilStop(pause)) {
        return false;
      }
      pause = Math.min(pause * 2, options.getBackOffMax());
    }
    return false;
  }

  private List<TableName> capturedTables(SourceCatalog catalog) throws SQLException {
    return catalog.publishedTables(options.getPublicationName()).stream()
        .filter(table -> !options.ownTables().contains(table))
        .filter(options.includedTables())
        .toList();
  }

  private Collection<String> topicsOf(List<TableName> tables) {
    Map<String, TableName> byTopic = new HashMap<>();
    for (TableName table : tables) {
      TableName other = byTopic.put(topicOf(table), table);
      if (other != null) {
        throw new CaptureException(
            "Tables `%s` and `%s` would share topic `%s`, for a topic's name cannot hold all that a table's can. Rename one of them, or leave one out of `tableIncludeList`"
                .formatted(other, table, topicOf(table)));
      }
    }
    return byTopic.keySet();
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
