package dev.walcdc.capture.debezium;

import dev.walcdc.capture.CaptureEngine;
import dev.walcdc.capture.CaptureException;
import dev.walcdc.capture.CapturedBatch;
import dev.walcdc.capture.SourcePosition;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.debezium.engine.spi.OffsetCommitPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Debezium engine as a {@link CaptureEngine}. Debezium pushes batches in a thread of its own;
 * that thread waits here until capture has released the batch, and only then tells Debezium of a
 * position.
 */
public final class DebeziumCaptureEngine implements CaptureEngine {

  private static final Logger LOG = LoggerFactory.getLogger(DebeziumCaptureEngine.class);

  private static final long LOOK_UP_MILLIS = 100;
  private static final Duration CLOSING_PATIENCE = Duration.ofSeconds(30);

  private final BatchConverter converter;
  private final Map.Entry<String, String> relations;
  private final DebeziumResync resync;
  private final SynchronousQueue<HandOver> polled = new SynchronousQueue<>();
  private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(DebeziumCaptureEngine::thread);
  private volatile Throwable death;
  private volatile boolean dead;
  private volatile boolean closing;
  private HandOver current;

  /**
   * Starts capture.
   *
   * @param properties of the Debezium engine and its connector, without the start position
   * @param start null for a snapshot
   * @param relations gets what the stream says of tables
   * @param resync reads tables again beside the stream; null for none
   */
  DebeziumCaptureEngine(
      Properties properties,
      SourcePosition start,
      Relations relations,
      BatchConverter converter,
      DebeziumResync resync) {
    this.converter = converter;
    this.relations = relations.share();
    this.resync = resync;
    Properties all = new Properties();
    all.putAll(properties);
    all.setProperty(this.relations.getKey(), this.relations.getValue());
    all.setProperty("offset.storage", StoredOffset.class.getName());
    all.setProperty("offset.flush.interval.ms", "0");
    if (start != null) {
      all.putAll(
          StoredOffset.startAt(
              properties.getProperty("name"),
              properties.getProperty("topic.prefix"),
              start.offset()));
    }
    this.engine =
        DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
            .using(all)
            .using(OffsetCommitPolicy.always())
            .using((DebeziumEngine.CompletionCallback) this::ended)
            .notifying(this::handOver)
            .build();
    thread.execute(this::runEngine);
  }

  private static Thread thread(Runnable run) {
    Thread thread = new Thread(run, "debezium-engine");
    thread.setDaemon(true);
    return thread;
  }

  /** A batch on its way from Debezium's thread to capture's and back. */
  private static final class HandOver {
    private final List<RecordChangeEvent<SourceRecord>> events;
    private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();

    private HandOver(List<RecordChangeEvent<SourceRecord>> events) {
      this.events = events;
    }
  }

  private record Verdict(SourcePosition confirmed) {}

  private void handOver(
      List<RecordChangeEvent<SourceRecord>> events,
      DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
      throws InterruptedException {
    HandOver handOver = new HandOver(events);
    while (!polled.offer(handOver, LOOK_UP_MILLIS, TimeUnit.MILLISECONDS)) {
      if (closing) {
        throw new InterruptedException("Capture stops");
      }
    }
    SourcePosition confirmed = await(handOver.verdict).confirmed();
    if (confirmed != null) {
      DebeziumEngine.Offsets offsets = committer.buildOffsets();
      confirmed.offset().forEach(offsets::set);
      committer.markProcessed(events.get(events.size() - 1), offsets);
      committer.markBatchFinished();
    }
  }

  private Verdict await(CompletableFuture<Verdict> verdict) throws InterruptedException {
    try {
      return verdict.get();
    } catch (ExecutionException e) {
      throw new InterruptedException("Capture stops");
    }
  }

  /** Whichever way the engine ends, with or without its callback: it is dead then. */
  private void runEngine() {
    try {
      engine.run();
    } catch (Throwable e) {
      LOG.debug("The Debezium engine ended by an exception", e);
      death = death != null ? death : e;
    } finally {
      dead = true;
    }
  }

  private void ended(boolean success, String message, Throwable error) {
    death = error != null ? error : new CaptureException(String.valueOf(message));
  }

  @Override
  public CapturedBatch poll(Duration timeout) throws InterruptedException {
    current = polled.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
    if (current == null) {
      if (dead) {
        throw new CaptureException("The Debezium engine has ended: " + rootMessage(death), death);
      }
      return null;
    }
    return converter.convert(current.events.stream().map(RecordChangeEvent::record).toList());
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return root == null ? "for no reason that it gave" : String.valueOf(root.getMessage());
  }

  @Override
  public void release(SourcePosition confirmed) {
    current.verdict.complete(new Verdict(confirmed));
    current = null;
  }

  @Override
  public CapturedBatch readAgain() {
    return resync == null ? null : resync.step();
  }

  /** Debezium's thread leaves its batch where it is, so nothing gets confirmed. */
  @Override
  public void close() {
    closing = true;
    if (resync != null) {
      resync.close();
    }
    if (current != null) {
      current.verdict.completeExceptionally(new CaptureException("Capture stops"));
    }
    thread.shutdown();
    long deadline = System.nanoTime() + CLOSING_PATIENCE.toNanos();
    try {
      do {
        askToEnd();
      } while (!thread.awaitTermination(LOOK_UP_MILLIS, TimeUnit.MILLISECONDS)
          && System.nanoTime() < deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // It ends by itself at its next batch.
    }
    Relations.forget(relations.getValue());
  }

  /** Debezium refuses to end while it starts, so this is to be repeated. */
  private void askToEnd() {
    try {
      engine.close();
    } catch (IOException | IllegalStateException e) {
      LOG.debug("The Debezium engine does not run, or not yet: {}", e.toString());
    }
  }
}
