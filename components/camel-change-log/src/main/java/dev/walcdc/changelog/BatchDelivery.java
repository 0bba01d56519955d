package dev.walcdc.changelog;

import dev.walcdc.failpoint.FailPoint;
import dev.walcdc.log.LogBatch;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * One batch, or what was asked for about a table's letters, on its way through the route. A try
 * that failed leaves the worker, and the reader begins the next one after a pause that grows, until
 * the route takes the batch or it is cancelled. Nothing is ever skipped: while a batch fails, its
 * table waits and the others go on.
 */
final class BatchDelivery implements Runnable {

  /** What a delivery needs from the consumer that made it. */
  interface Route {

    /** Runs the route with this batch; returns when the sink has made it durable. */
    void take(LogBatch batch) throws Exception;

    /** Tells an operator of a failure; the batch is tried again. */
    void failed(String topic, Throwable cause);

    /** What failed before holds this table back no longer, or is another reader's by now. */
    void cleared(String topic);
  }

  private enum State {
    /** Between two tries, or before the first. */
    WAITING,
    /** A worker will take it. */
    QUEUED,
    UNDER_WAY,
    APPLIED,
    GIVEN_UP
  }

  private final String topic;
  private final DeliveryTask task;
  private final Route route;
  private final ChangeLogConfiguration limits;
  private final Runnable whenEnded;

  private State state = State.WAITING;
  private boolean cancelled;
  private long pauseMillis;
  private long nextTryNanos;

  BatchDelivery(
      String topic,
      DeliveryTask task,
      Route route,
      ChangeLogConfiguration limits,
      Runnable whenEnded) {
    this.topic = topic;
    this.task = task;
    this.route = route;
    this.limits = limits;
    this.whenEnded = whenEnded;
    this.pauseMillis = limits.getBackOff();
    this.nextTryNanos = System.nanoTime();
  }

  /** Has a worker make the next try. Only for one that {@link #nanosUntilTry} says is due. */
  void begin(Executor workers) {
    synchronized (this) {
      state = State.QUEUED;
    }
    workers.execute(this);
  }

  /** One try. */
  @Override
  public void run() {
    synchronized (this) {
      if (state != State.QUEUED) {
        return;
      }
      state = State.UNDER_WAY;
    }
    boolean applied = false;
    try {
      FailPoint.LOG_DELIVERED.reach();
      task.run();
      FailPoint.LOG_APPLIED.reach();
      applied = true;
      route.cleared(topic);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      route.failed(topic, e);
    } catch (Exception | Error e) {
      route.failed(topic, e);
    } finally {
      ended(applied);
      whenEnded.run();
    }
  }

  private synchronized void ended(boolean applied) {
    if (applied) {
      state = State.APPLIED;
    } else if (cancelled) {
      giveUp();
    } else {
      state = State.WAITING;
      nextTryNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
      pauseMillis = Math.min(pauseMillis * 2, limits.getBackOffMax());
    }
    notifyAll();
  }

  private void giveUp() {
    state = State.GIVEN_UP;
    route.cleared(topic);
  }

  /** No further try; one that is under way goes on. */
  synchronized void cancel() {
    cancelled = true;
    if (state == State.WAITING || state == State.QUEUED) {
      giveUp();
    }
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Waits for the try that is under way; false if it took longer than this. */
  synchronized boolean awaitEnd(long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (state == State.UNDER_WAY) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /** Whether no try is under way and none will come. */
  synchronized boolean isEnded() {
    return state == State.APPLIED || state == State.GIVEN_UP;
  }

  /** Whether the sink has made it durable. */
  synchronized boolean isApplied() {
    return state == State.APPLIED;
  }

  /**
   * How long until the next try.
   *
   * @return 0 if it is due; {@link Long#MAX_VALUE} while one is under way and after the last
   */
  synchronized long nanosUntilTry(long nowNanos) {
    return state == State.WAITING ? Math.max(0, nextTryNanos - nowNanos) : Long.MAX_VALUE;
  }

  String topic() {
    return topic;
  }

  /** What its records take in memory. */
  long bytes() {
    return task.bytes();
  }

  /** Offsets to go on from once the batch is applied. */
  Map<TopicPartition, OffsetAndMetadata> nextOffsets() {
    return task.nextOffsets();
  }
}
