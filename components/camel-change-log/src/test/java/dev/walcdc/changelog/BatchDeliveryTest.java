package dev.walcdc.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.log.LogBatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class BatchDeliveryTest {

  private static final Executor HERE = Runnable::run;

  private final ChangeLogConfiguration limits = new ChangeLogConfiguration();
  private final List<String> events = new ArrayList<>();

  /** Records without a schema: the try fails before it asks a broker. */
  private final BatchDelivery delivery = delivery();

  @Test
  void aFailedTryComesAgainAfterAPauseThatGrows() {
    limits.setBackOffMax(3_000);
    long pause = 0;
    for (long expected : new long[] {1_000, 2_000, 3_000, 3_000}) {
      delivery.begin(HERE);
      pause = delivery.nanosUntilTry(System.nanoTime());
      assertThat(TimeUnit.NANOSECONDS.toMillis(pause)).isLessThanOrEqualTo(expected);
      assertThat(delivery.nanosUntilTry(System.nanoTime() + ms(expected))).isZero();
      assertThat(delivery.isEnded()).isFalse();
    }
    assertThat(events).hasSize(8).startsWith("failed t", "ended");
  }

  @Test
  void cancelledBetweenTriesItIsGivenUpAtOnce() throws Exception {
    delivery.begin(HERE);

    delivery.cancel();

    assertThat(delivery.isEnded()).isTrue();
    assertThat(delivery.isApplied()).isFalse();
    assertThat(delivery.awaitEnd(0)).isTrue();
    assertThat(delivery.nanosUntilTry(System.nanoTime())).isEqualTo(Long.MAX_VALUE);
    assertThat(events).contains("given up t");
  }

  @Test
  void cancelledBeforeAWorkerTookItItIsNeverTried() throws Exception {
    List<Runnable> queue = new ArrayList<>();
    delivery.begin(queue::add);
    assertThat(delivery.nanosUntilTry(System.nanoTime())).isEqualTo(Long.MAX_VALUE);

    delivery.cancel();
    assertThat(delivery.awaitEnd(0)).isTrue();
    queue.forEach(Runnable::run);

    assertThat(events).containsExactly("given up t");
  }

  @Test
  void aTryThatIsUnderWayIsWaitedFor() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    BatchDelivery slow =
        new BatchDelivery(
            "t",
            task(),
            new Events() {
              @Override
              public void failed(String topic, Throwable cause) {
                entered.countDown();
                awaitUninterruptibly(leave);
              }
            },
            limits,
            () -> {});
    ExecutorService worker = Executors.newSingleThreadExecutor();
    try {
      slow.begin(worker);
      assertThat(entered.await(60, TimeUnit.SECONDS)).isTrue();
      slow.cancel();
      assertThat(slow.awaitEnd(1)).isFalse();
      assertThat(slow.isEnded()).isFalse();

      leave.countDown();

      assertThat(slow.awaitEnd(60_000)).isTrue();
      await().atMost(Duration.ofSeconds(60)).until(slow::isEnded);
      assertThat(slow.isApplied()).isFalse();
    } finally {
      worker.shutdownNow();
    }
  }

  @Test
  void goesOnBehindTheLastRecordOfEveryPartition() {
    assertThat(delivery.nextOffsets())
        .isEqualTo(
            Map.of(
                new TopicPartition("t", 0), new OffsetAndMetadata(10),
                new TopicPartition("t", 1), new OffsetAndMetadata(8)));
  }

  private BatchDelivery delivery() {
    return new BatchDelivery("t", task(), new Events(), limits, () -> events.add("ended"));
  }

  private BatchTask task() {
    return new BatchTask("t", 1, stretch(), null, null, null, new Events(), limits);
  }

  private TableBuffer.Stretch stretch() {
    TableBuffer buffer = new TableBuffer(limits);
    for (long[] at : new long[][] {{0, 5}, {1, 7}, {0, 9}}) {
      byte[] value = "x".getBytes(StandardCharsets.US_ASCII);
      buffer.add(new ConsumerRecord<>("t", (int) at[0], at[1], value, value), 0);
    }
    return buffer.take();
  }

  private static long ms(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private class Events implements BatchDelivery.Route {
    @Override
    public void take(LogBatch batch) {
      events.add("taken " + batch.topic());
    }

    @Override
    public void failed(String topic, Throwable cause) {
      events.add("failed " + topic);
    }

    @Override
    public void cleared(String topic) {
      events.add("given up " + topic);
    }
  }
}
