package dev.walcdc.changelog;

import dev.walcdc.log.LogBatch;
import dev.walcdc.log.LogRecord;
import dev.walcdc.schema.TableSchema;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Hands one batch to the route, again and again with growing pauses until the route takes it or the
 * batch is cancelled. Nothing is ever skipped: while a batch fails, its table waits and the others
 * go on.
 */
final class BatchDelivery implements Runnable {

  /** What a delivery needs from the consumer that made it. */
  interface Route {

    /** Runs the route with this batch; returns when the sink has made it durable. */
    void take(LogBatch batch) throws Exception;

    /** Tells an operator of a failure; the batch is tried again. */
    void failed(String topic, Exception cause);
  }

  private final String topic;
  private final TableBuffer.Stretch stretch;
  private final SchemaLog schemas;
  private final Route route;
  private final ChangeLogConfiguration limits;
  private final Runnable whenEnded;
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean applied;

  BatchDelivery(
      String topic,
      TableBuffer.Stretch stretch,
      SchemaLog schemas,
      Route route,
      ChangeLogConfiguration limits,
      Runnable whenEnded) {
    this.topic = topic;
    this.stretch = stretch;
    this.schemas = schemas;
    this.route = route;
    this.limits = limits;
    this.whenEnded = whenEnded;
  }

  @Override
  public void run() {
    try {
      applied = deliver();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
      whenEnded.run();
    }
  }

  private boolean deliver() throws InterruptedException {
    long pause = limits.getBackOff();
    while (cancelled.getCount() > 0) {
      try {
        route.take(new LogBatch(topic, schema(), stretch.records()));
        return true;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        route.failed(topic, e);
      }
      if (cancelled.await(pause, TimeUnit.MILLISECONDS)) {
        return false;
      }
      pause = Math.min(pause * 2, limits.getBackOffMax());
    }
    return false;
  }

  /** The producer makes a schema durable before it names it, so a missing one is only late. */
  private TableSchema schema() {
    String fingerprint = stretch.fingerprint();
    if (fingerprint == null) {
      throw new IllegalStateException(
          "Records of topic `%s` from offset %d on name no schema in header `walcdc.schema`; only topics that this platform's capture wrote can be read"
              .formatted(topic, stretch.records().get(0).offset()));
    }
    return schemas
        .find(fingerprint)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Schema %s, which records of topic `%s` name, is not on topic `%s`; waiting for it"
                        .formatted(fingerprint, topic, limits.getSchemasTopic())));
  }

  /** No further try; one that is under way goes on. */
  void cancel() {
    cancelled.countDown();
  }

  /** Waits for the try that is under way; false if it took longer than this. */
  boolean awaitEnd(long timeoutMillis) throws InterruptedException {
    return ended.await(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  /** Whether no try is under way and none will come. */
  boolean isEnded() {
    return ended.getCount() == 0;
  }

  /** Whether the sink has made it durable. */
  boolean isApplied() {
    return applied;
  }

  String topic() {
    return topic;
  }

  /** Offsets to go on from once the batch is applied. */
  Map<TopicPartition, OffsetAndMetadata> nextOffsets() {
    Map<Integer, Long> last = new HashMap<>();
    for (LogRecord record : stretch.records()) {
      last.put(record.partition(), record.offset());
    }
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    last.forEach(
        (partition, offset) ->
            next.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset + 1)));
    return next;
  }
}
