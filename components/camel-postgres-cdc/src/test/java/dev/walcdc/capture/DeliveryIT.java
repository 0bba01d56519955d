package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.capture.Log.Entry;
import dev.walcdc.local.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultMessage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A batch is delivered as a whole, in order, however often it takes. */
class DeliveryIT {

  /** What an exchange carries, in a form that can be compared. */
  private static List<String> content(Exchange exchange) {
    List<String> content = new ArrayList<>();
    for (Object each : exchange.getMessage().getBody(List.class)) {
      Message message = (Message) each;
      byte[] body = (byte[]) message.getBody();
      content.add(
          message.getHeader("kafka.OVERRIDE_TOPIC") + " " + (body == null ? null : body.length));
    }
    return content;
  }

  private static boolean carries(Exchange exchange, String topic) {
    return content(exchange).stream().anyMatch(record -> record.startsWith(topic + " "));
  }

  /** Fails the first times that a change of a table comes, and takes down what came. */
  private static final class Fault implements Processor {
    private final String topic;
    private final int times;
    private final List<List<String>> tries = new CopyOnWriteArrayList<>();
    private final AtomicBoolean armed = new AtomicBoolean();

    private Fault(String topic, int times) {
      this.topic = topic;
      this.times = times;
    }

    @Override
    public void process(Exchange exchange) {
      if (armed.get() && carries(exchange, topic)) {
        tries.add(content(exchange));
        if (tries.size() <= times) {
          throw new IllegalStateException("Try " + tries.size() + " fails");
        }
      }
    }
  }

  private static List<Long> ids(List<Entry> log) {
    return log.stream().map(e -> e.after().get("id").longValue()).collect(Collectors.toList());
  }

  @Test
  void aRouteThatFailsInFrontOfKafkaGetsTheSameRecordsAgain() {
    try (Capture capture = new Capture("deliver_before").table("t", "id int PRIMARY KEY")) {
      Fault fault = new Fault(capture.topic("t"), 3);
      AtomicInteger exchanges = new AtomicInteger();
      capture
          .beforeKafka(fault)
          .afterKafka(
              exchange -> {
                if (carries(exchange, capture.topic("t"))) {
                  exchanges.incrementAndGet();
                }
              })
          .start()
          .streaming();
      fault.armed.set(true);
      capture.sql("INSERT INTO @.t SELECT generate_series(1, 1000)");
      eventually("all rows", () -> capture.log("t").size() == 1000);
      assertThat(fault.tries).hasSizeGreaterThanOrEqualTo(4);
      assertThat(fault.tries.subList(1, 4)).allMatch(fault.tries.get(0)::equals);
      assertThat(ids(capture.log("t"))).containsExactlyElementsOf(range(1, 1000));
      assertThat(exchanges.get()).as("far fewer exchanges than rows").isLessThan(250);
    }
  }

  private static List<Long> range(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  @Test
  void aRouteThatFailsBehindKafkaWritesTheSameRecordsAgainToTheSameTopics() {
    try (Capture capture = new Capture("deliver_after").table("t", "id int PRIMARY KEY")) {
      Fault fault = new Fault(capture.topic("t"), 2);
      capture.afterKafka(fault).start().streaming();
      fault.armed.set(true);
      long unrouted = Log.end(CaptureRoute.UNROUTED);
      capture.sql("INSERT INTO @.t VALUES (1), (2), (3)");
      eventually("three tries", () -> fault.tries.size() >= 3);
      assertThat(fault.tries.subList(1, 3)).allMatch(fault.tries.get(0)::equals);
      // A transaction may come in several batches, of which the first is tried again.
      List<Long> first = range(1, fault.tries.get(0).size());
      List<Long> expected = new ArrayList<>(first);
      expected.addAll(first);
      expected.addAll(range(1, 3));
      eventually("all rows", () -> ids(capture.log("t")).size() >= expected.size());
      assertThat(ids(capture.log("t"))).isEqualTo(expected);
      assertThat(capture.log("t").stream().map(Entry::schema).distinct()).hasSize(1);
      assertThat(Log.end(CaptureRoute.UNROUTED)).isEqualTo(unrouted);
    }
  }

  /** Why messages cannot be changed: camel-kafka takes the topic away from one that can. */
  @Test
  void aMutableMessageWouldGoElsewhereOnTheSecondTry() {
    try (Capture capture = new Capture("deliver_mutable").table("t", "id int PRIMARY KEY")) {
      Fault fault = new Fault(capture.topic("t"), Integer.MAX_VALUE);
      List<Message> mutable = new ArrayList<>();
      capture
          .beforeKafka(
              exchange -> {
                if (fault.armed.get() && carries(exchange, capture.topic("t"))) {
                  if (mutable.isEmpty()) {
                    for (Object each : exchange.getMessage().getBody(List.class)) {
                      Message message = (Message) each;
                      Message copy = new DefaultMessage(exchange.getContext());
                      copy.setBody(message.getBody());
                      copy.setHeader("kafka.KEY", message.getHeader("kafka.KEY"));
                      copy.setHeader(
                          "kafka.OVERRIDE_TOPIC", message.getHeader("kafka.OVERRIDE_TOPIC"));
                      mutable.add(copy);
                    }
                  }
                  exchange.getMessage().setBody(mutable);
                  exchange.setProperty("changes", true);
                }
              })
          .afterKafka(
              exchange -> {
                if (exchange.getProperty("changes") != null) {
                  throw new IllegalStateException("It fails behind Kafka");
                }
              })
          .start()
          .streaming();
      fault.armed.set(true);
      capture.sql("INSERT INTO @.t VALUES (1)");
      eventually(
          "the second try is somewhere else",
          () ->
              Log.read(CaptureRoute.UNROUTED).stream()
                  .anyMatch(
                      e -> e.isRow() && e.value().contains("\"schema\":\"deliver_mutable\"")));
      assertThat(capture.log("t")).hasSize(1);
    }
  }

  @Test
  void nothingIsConfirmedWhileTheRouteFails() {
    try (Capture capture = new Capture("deliver_stop").table("t", "id int PRIMARY KEY")) {
      Fault fault = new Fault(capture.topic("t"), Integer.MAX_VALUE);
      capture.afterKafka(fault).start().streaming();
      fault.armed.set(true);
      capture.sql("INSERT INTO @.t SELECT generate_series(1, 50)");
      eventually("tries", () -> fault.tries.size() >= 3);
      long states = Log.end("deliver_stop.positions");
      long confirmed = capture.confirmedFlush();
      long written = Capture.currentLsn();
      assertThat(capture.complaint()).contains("fails");
      capture.sql("INSERT INTO @.t SELECT generate_series(51, 60)");
      int before = fault.tries.size();
      eventually("more tries", () -> fault.tries.size() >= before + 2);
      assertThat(confirmed).isLessThan(written);
      assertThat(capture.lastState().position().lsn()).isLessThan(written);
      capture.stop();
      assertThat(Log.end("deliver_stop.positions")).isEqualTo(states);
      assertThat(capture.confirmedFlush()).isEqualTo(confirmed);

      capture.afterKafka(exchange -> {}).start();
      eventually("all rows", () -> capture.ids("t").size() == 60);
      eventually("healthy again", capture::isHealthy);
      eventually("the slot goes on", () -> capture.confirmedFlush() > written);
    }
  }

  /** What the slot has let go, only the position can say. */
  @Test
  void nothingIsConfirmedBeforeItsPositionIsDurable() {
    try (Capture capture = new Capture("deliver_position").table("t", "id int PRIMARY KEY")) {
      Fault fault = new Fault("deliver_position.positions", Integer.MAX_VALUE);
      capture.beforeKafka(fault).start().streaming();
      fault.armed.set(true);
      capture.sql("INSERT INTO @.t VALUES (1)", "INSERT INTO @.t VALUES (2)");
      eventually("tries", () -> fault.tries.size() >= 6);
      assertThat(capture.confirmedFlush())
          .isLessThanOrEqualTo(capture.lastState().position().confirmedLsn());

      capture.beforeKafka(exchange -> {}).restart();
      capture.sql("INSERT INTO @.t VALUES (3)");
      eventually("all rows", () -> capture.ids("t").equals(Set.of(1L, 2L, 3L)));
    }
  }

  @Test
  void aBrokerThatDiesAndComesBackLosesNothing() {
    try (Capture capture = new Capture("deliver_broker").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      AtomicInteger next = new AtomicInteger(1);
      Runnable insert =
          () -> {
            int first = next.getAndAdd(20);
            capture.sql(
                "INSERT INTO @.t SELECT generate_series(%d, %d)".formatted(first, first + 19));
          };
      insert.run();
      eventually("the first rows", () -> capture.ids("t").size() == 20);
      Source.stack().kill(Server.KAFKA);
      long since = System.nanoTime();
      Awaitility.await("some seconds of load without a broker")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                insert.run();
                return System.nanoTime() - since > Duration.ofSeconds(4).toNanos();
              });
      Source.stack().start(Server.KAFKA);
      insert.run();
      eventually("all rows", () -> capture.ids("t").size() == next.get() - 1);
      eventually("healthy again", capture::isHealthy);
    }
  }

  /** Changes of a row on two partitions would reach a sink in any order. */
  @Test
  void aPartitionThatIsAddedMovesNoKey() {
    try (Capture capture = new Capture("deliver_grown").table("t", "id int PRIMARY KEY, n int")) {
      capture.with("topicPartitions", 2).start().streaming();
      capture.sql("INSERT INTO @.t SELECT i, 0 FROM generate_series(1, 40) i");
      eventually("the first changes", () -> capture.log("t").size() == 40);
      Log.grow(capture.topic("t"), 5);
      capture.sql("UPDATE @.t SET n = 1");
      eventually("the changes of a capture that runs", () -> capture.log("t").size() == 80);
      capture.restart();
      capture.sql("UPDATE @.t SET n = 2");
      eventually("the changes of one that is started", () -> capture.log("t").size() == 120);
      List<Entry> log = capture.log("t");
      assertThat(log).extracting(Entry::partition).containsOnly(0, 1);
      assertThat(log.stream().map(e -> e.key() + e.partition()).distinct()).hasSize(40);
      assertThat(capture.lastState().nextOffsets().get(capture.topic("t"))).hasSize(2);
    }
  }
}
