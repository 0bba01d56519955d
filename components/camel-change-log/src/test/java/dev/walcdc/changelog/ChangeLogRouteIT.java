package dev.walcdc.changelog;

import static dev.walcdc.changelog.TestSink.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.log.LogBatch;
import dev.walcdc.schema.TableSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.health.ConsumersHealthCheckRepository;
import org.apache.camel.impl.health.DefaultHealthCheckRegistry;
import org.apache.camel.support.DefaultComponent;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Routes that read from a real broker. */
@Timeout(300)
class ChangeLogRouteIT {

  private static final String QUICK = "&batchInterval=20&backOff=50&backOffMax=200";

  private final List<CamelContext> contexts = new ArrayList<>();
  private final TestSink sink = new TestSink();
  private TestTopics topics;

  @BeforeEach
  void open() throws Exception {
    topics = new TestTopics();
  }

  @AfterEach
  void close() {
    sink.hook = batch -> {};
    contexts.forEach(CamelContext::stop);
    topics.close();
  }

  @Test
  void deliversEveryTableInOrderWithItsSchema() throws Exception {
    TableSchema users = topics.table("users", 1);
    TableSchema orders = topics.table("orders", 3);
    topics.write(users, 1, 0, 2_000);
    topics.write(orders, 3, 0, 2_000);

    start("&batchRecords=300");

    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 2_000);
    patiently().until(() -> sink.numbers(topics.topic("orders")).size() >= 2_000);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(0, 2_000));
    assertThat(sink.numbers(topics.topic("orders"))).containsExactlyInAnyOrder(range(0, 2_000));
    for (int partition = 0; partition < 3; partition++) {
      int one = partition;
      assertThat(sink.numbers(topics.topic("orders")).stream().filter(i -> i % 3 == one))
          .as("order within partition %d", one)
          .isSorted();
    }
    assertThat(sink.applied)
        .allSatisfy(
            batch -> {
              assertThat(batch.schema())
                  .isEqualTo(batch.topic().endsWith("users") ? users : orders);
              assertThat(sink.header(batch.topic())).isEqualTo(batch.topic());
              assertThat(batch.records()).hasSizeBetween(1, 300);
              assertThat(batch.partitions()).isEqualTo(batch.topic().endsWith("users") ? 1 : 3);
            });
  }

  @Test
  void aNewSchemaBeginsANewBatch() throws Exception {
    TableSchema first = topics.table("users", 1);
    TableSchema second = TestTopics.schema("users", 2);
    topics.publish(second);
    topics.write(first, 1, 0, 10);
    topics.write(second, 1, 10, 20);
    topics.write(first, 1, 20, 30);

    start("");

    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 30);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(0, 30));
    assertThat(sink.applied)
        .allSatisfy(
            batch ->
                assertThat(batch.records())
                    .allSatisfy(
                        record -> {
                          int number = TestSink.number(record);
                          assertThat(batch.schema())
                              .isEqualTo(number >= 10 && number < 20 ? second : first);
                        }));
  }

  @Test
  void aFailedBatchComesAgainAsItWasAndOtherTablesGoOn() throws Exception {
    TableSchema users = topics.table("users", 1);
    TableSchema items = topics.table("items", 1);
    TableSchema orders = topics.table("orders", 1);
    CountDownLatch repaired = new CountDownLatch(1);
    sink.hook =
        batch -> {
          if (!batch.topic().endsWith("orders") && repaired.getCount() > 0) {
            throw new IllegalStateException("broken on purpose");
          }
        };
    // As many broken tables as may be applied at once: they must not hold the workers.
    CamelContext context = start("&concurrentTables=2&backOff=600000&backOffMax=600000", false);
    topics.write(users, 1, 0, 50);
    topics.write(items, 1, 0, 50);
    patiently().until(() -> tried("users") >= 1 && tried("items") >= 1);

    topics.write(orders, 1, 0, 100);
    patiently().until(() -> sink.numbers(topics.topic("orders")).size() == 100);
    assertThat(sink.numbers(topics.topic("users"))).isEmpty();
    assertThat(topics.committed(topics.prefix, "users", 1)).containsEntry(0, 0L);
    context.stop();

    sink.hook =
        batch -> {
          if (!batch.topic().endsWith("orders") && repaired.getCount() > 0) {
            throw new IllegalStateException("broken on purpose");
          }
        };
    sink.tried.clear();
    start("");
    patiently().until(() -> tried("users") >= 3);
    List<LogBatch> failed =
        sink.tried.stream().filter(b -> b.topic().endsWith("users")).limit(3).toList();
    assertThat(failed).extracting(LogBatch::records).containsOnly(failed.get(0).records());
    topics.write(users, 1, 50, 60);
    repaired.countDown();

    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 60);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(0, 60));
  }

  @Test
  void anErrorOfTheSinkSkipsNothing() throws Exception {
    TableSchema users = topics.table("users", 1);
    AtomicInteger failures = new AtomicInteger();
    sink.hook =
        batch -> {
          switch (failures.getAndIncrement()) {
            case 0 -> throw new StackOverflowError("on purpose");
            case 1 -> throw new InterruptedException("on purpose");
            default -> {}
          }
        };
    start("&batchRecords=10");
    topics.write(users, 1, 0, 100);

    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 100);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(0, 100));
  }

  @Test
  void commitsEveryPartitionOnceItsBatchIsAppliedAndGoesOnFromThere() throws Exception {
    TableSchema orders = topics.table("orders", 3);
    topics.write(orders, 3, 0, 90);
    CamelContext context = start("");
    patiently().until(() -> sink.numbers(topics.topic("orders")).size() >= 90);
    patiently()
        .until(
            () ->
                topics
                    .committed(topics.prefix, "orders", 3)
                    .equals(Map.of(0, 30L, 1, 30L, 2, 30L)));

    CountDownLatch entered = new CountDownLatch(1);
    sink.hook =
        batch -> {
          entered.countDown();
          throw new IllegalStateException("broken on purpose");
        };
    topics.write(orders, 3, 90, 120);
    assertThat(entered.await(120, TimeUnit.SECONDS)).isTrue();
    context.stop();
    assertThat(topics.committed(topics.prefix, "orders", 3))
        .isEqualTo(Map.of(0, 30L, 1, 30L, 2, 30L));

    sink.hook = batch -> {};
    start("");
    patiently().until(() -> sink.numbers(topics.topic("orders")).size() >= 120);
    assertThat(sink.numbers(topics.topic("orders"))).containsExactlyInAnyOrder(range(0, 120));
  }

  @Test
  void stopFinishesWhatIsUnderWayAndCommitsIt() throws Exception {
    TableSchema users = topics.table("users", 1);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    sink.hook =
        batch -> {
          entered.countDown();
          leave.await();
        };
    CamelContext context = start("");
    topics.write(users, 1, 0, 10);
    assertThat(entered.await(120, TimeUnit.SECONDS)).isTrue();
    Thread stop = new Thread(context::stop);
    stop.start();
    patiently().until(() -> context.getStatus().isStopping() || context.isStopped());
    leave.countDown();
    stop.join();

    int appliedRecords = sink.numbers(topics.topic("users")).size();
    assertThat(appliedRecords).isPositive();
    assertThat(topics.committed(topics.prefix, "users", 1)).containsEntry(0, (long) appliedRecords);
  }

  @Test
  void findsATableThatAppearsLater() throws Exception {
    TableSchema users = topics.table("users", 1);
    topics.write(users, 1, 0, 10);
    start("");
    patiently().until(() -> sink.numbers(topics.topic("users")).size() == 10);

    TableSchema late = topics.table("late", 2);
    topics.write(late, 2, 0, 10);
    topics.write(users, 1, 10, 20);

    patiently().until(() -> sink.numbers(topics.topic("late")).size() >= 10);
    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 20);
    assertThat(sink.numbers(topics.topic("late"))).containsExactlyInAnyOrder(range(0, 10));
    assertThat(new HashSet<>(sink.numbers(topics.topic("users")))).contains(range(0, 20));
  }

  @Test
  void readsOnlyTheTablesOfItsList() throws Exception {
    TableSchema users = topics.table("users", 1);
    TableSchema secrets = topics.table("secrets", 1);
    topics.write(secrets, 1, 0, 10);
    start("&tableIncludeList=app.users,app.orders");
    topics.write(users, 1, 0, 10);
    TableSchema orders = topics.table("orders", 1);
    topics.write(orders, 1, 0, 10);

    patiently().until(() -> sink.numbers(topics.topic("orders")).size() >= 10);
    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 10);
    assertThat(sink.numbers(topics.topic("secrets"))).isEmpty();
  }

  @Test
  void waitsForASchemaThatIsLateAndItsHealthSaysSo() throws Exception {
    TableSchema users = TestTopics.schema("users", 1);
    topics.create(topics.topic("users"), 1);
    CamelContext context = start("");
    topics.write(users, 1, 0, 10);
    patiently().until(() -> health(context).getState() == HealthCheck.State.DOWN);
    assertThat(health(context).getMessage().orElse("")).contains(topics.topic("users"));
    assertThat(health(context).getDetails().get(topics.topic("users")).toString())
        .contains(users.fingerprint(), topics.prefix + ".schemas");
    assertThat(sink.tried).isEmpty();

    topics.publish(users);

    patiently().until(() -> sink.numbers(topics.topic("users")).size() == 10);
    patiently().until(() -> health(context).getState() == HealthCheck.State.UP);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(0, 10));
  }

  @Test
  void goesOnWhereTheSinksOwnStoreSays() throws Exception {
    TableSchema users = topics.table("users", 1);
    TableSchema fresh = topics.table("fresh", 1);
    topics.write(users, 1, 0, 100);
    topics.write(fresh, 1, 0, 10);
    Store store = new Store(Map.of(topics.topic("users"), Map.of(0, 40L)));

    CamelContext context = start(QUICK + "&positionStore=store", store);

    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 60);
    patiently().until(() -> sink.numbers(topics.topic("fresh")).size() >= 10);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(40, 100));
    assertThat(sink.numbers(topics.topic("fresh"))).containsExactly(range(0, 10));
    assertThat(health(context).getState()).isEqualTo(HealthCheck.State.UP);
    assertThat(store.released).isEmpty();
    context.stop();
    assertThat(store.released)
        .containsExactlyInAnyOrder(topics.topic("users"), topics.topic("fresh"));
  }

  @Test
  void aTableWhoseLogBeginsBehindItsPositionWaitsAndOthersGoOn() throws Exception {
    TableSchema users = topics.table("users", 1);
    TableSchema orders = topics.table("orders", 1);
    topics.write(users, 1, 0, 100);
    topics.deleteBefore("users", 50);
    Store store = new Store(Map.of(topics.topic("users"), Map.of(0, 40L)));

    CamelContext context = start(QUICK + "&positionStore=store", store);
    topics.write(orders, 1, 0, 20);

    patiently().until(() -> sink.numbers(topics.topic("orders")).size() >= 20);
    patiently().until(() -> health(context).getState() == HealthCheck.State.DOWN);
    assertThat(health(context).getDetails().get(topics.topic("users")).toString())
        .contains(
            "is to go on at offset 40 of " + topics.topic("users") + "-0", "holds only 50 to 100");
    assertThat(tried("users")).isZero();

    store.positions = Map.of(topics.topic("users"), Map.of(0, 50L));
    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 50);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(50, 100));
    assertThat(sink.numbers(topics.topic("orders"))).containsExactly(range(0, 20));
    patiently().until(() -> health(context).getState() == HealthCheck.State.UP);
  }

  @Test
  void aReaderThatComesBackUnderItsNameTakesItsPlaceAtOnce() throws Exception {
    TableSchema users = topics.table("users", 1);
    topics.write(users, 1, 0, 10);
    try (KafkaConsumer<byte[], byte[]> killed = topics.member("one", Duration.ofMinutes(5))) {
      // It never polls again and never leaves, like one that was killed.
      patiently()
          .until(
              () -> {
                killed.poll(Duration.ofMillis(100));
                return !killed.assignment().isEmpty();
              });

      start("&groupInstanceId=one");

      patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 10);
    }
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(0, 10));
  }

  @Test
  void aReaderThatComesBackFindsWhatCameWhileItWasAway() throws Exception {
    TableSchema users = topics.table("users", 1);
    topics.write(users, 1, 0, 10);
    start("&groupInstanceId=one");
    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 10);
    contexts.remove(0).stop();
    TableSchema late = topics.table("late", 2);
    topics.write(late, 2, 0, 10);
    topics.addPartitions("users", 2);

    start("&groupInstanceId=one");

    patiently().until(() -> sink.numbers(topics.topic("late")).size() >= 10);
    topics.write(users, 2, 10, 20);
    patiently().until(() -> sink.numbers(topics.topic("users")).size() >= 20);
  }

  @Test
  void aReaderWhoseNameAnotherTookStopsAndSaysSo() throws Exception {
    topics.table("users", 1);
    CamelContext first = start("&groupInstanceId=one");
    patiently().until(() -> health(first).getState() == HealthCheck.State.UP);
    patiently().until(() -> topics.hasMember("one"));

    CamelContext second = start("&groupInstanceId=one");

    patiently().until(() -> health(first).getState() == HealthCheck.State.DOWN);
    assertThat(health(first).getMessage().orElse(""))
        .contains("goes by the name one", "groupInstanceId of its own");
    TableSchema orders = topics.table("orders", 1);
    topics.write(orders, 1, 0, 10);
    patiently().until(() -> sink.numbers(topics.topic("orders")).size() >= 10);
    assertThat(health(second).getState()).isEqualTo(HealthCheck.State.UP);
    assertThat(health(first).getState()).isEqualTo(HealthCheck.State.DOWN);
  }

  @Test
  void readersShareTheTablesAndARebalanceLosesNothing() throws Exception {
    List<TableSchema> tables = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tables.add(topics.table("t" + i, 2));
    }
    sink.hook = batch -> TimeUnit.MILLISECONDS.sleep(5);
    start("&batchRecords=20");
    CamelContext second = null;
    CamelContext third = null;
    for (int from = 0; from < 1_000; from += 50) {
      for (TableSchema table : tables) {
        topics.write(table, 2, from, from + 50);
      }
      if (from == 300) {
        second = start("&batchRecords=20");
      } else if (from == 600) {
        third = start("&batchRecords=20");
      } else if (from == 800) {
        second.stop();
      }
    }

    for (TableSchema table : tables) {
      String topic = topics.topic(table.table());
      patiently().until(() -> new HashSet<>(sink.numbers(topic)).size() == 1_000);
      patiently()
          .until(
              () ->
                  topics
                      .committed(topics.prefix, table.table(), 2)
                      .equals(Map.of(0, 500L, 1, 500L)));
    }
    assertThat(third).isNotNull();
    assertThat(sink.overlaps).as("a table was applied twice at once").isEmpty();
  }

  /** A reader that delivered them all the same would be a second writer of the table. */
  @Test
  void recordsThatWaitAreForgottenWithTheirTable() throws Exception {
    for (int i = 0; i < 4; i++) {
      topics.write(topics.table("t" + i, 1), 1, 0, 10);
    }
    Polled.RECORDS.set(0);
    String unhurried =
        "&batchInterval=15000&additionalProperties.interceptor.classes=" + Polled.class.getName();
    start(unhurried, null);
    patiently().until(() -> Polled.RECORDS.get() == 40);
    start(unhurried, null);

    for (int i = 0; i < 4; i++) {
      String table = "t" + i;
      patiently().until(() -> topics.committed(topics.prefix, table, 1).equals(Map.of(0, 10L)));
    }
    for (int i = 0; i < 4; i++) {
      assertThat(sink.numbers(topics.topic("t" + i))).containsExactly(range(0, 10));
    }
  }

  @Test
  void keepsItsMemoryBoundedBeforeASlowSink() throws Exception {
    List<TableSchema> tables = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      TableSchema table = topics.table("t" + i, 1);
      topics.write(table, 1, 0, 1_000);
      tables.add(table);
    }
    Polled.RECORDS.set(0);
    AtomicLong most = new AtomicLong();
    sink.hook =
        batch -> {
          most.accumulateAndGet(Polled.RECORDS.get() - appliedRecords(), Math::max);
          TimeUnit.MILLISECONDS.sleep(2);
        };
    // A record counts some 106 bytes: 100 of them fill the buffer, and a poll brings 20 at most.
    start(
        "&bufferBytes=10600&batchRecords=30&concurrentTables=1"
            + "&additionalProperties.max.poll.records=20"
            + "&additionalProperties.interceptor.classes="
            + Polled.class.getName());

    for (TableSchema table : tables) {
      String topic = topics.topic(table.table());
      patiently().until(() -> sink.numbers(topic).size() >= 1_000);
      assertThat(sink.numbers(topic)).containsExactly(range(0, 1_000));
    }
    // Full, and one more poll of each table that had nothing waiting.
    assertThat(most.get()).isPositive().isLessThanOrEqualTo(100 + 4 * 20);
  }

  @Test
  void aTryThatOutlivesItsRevocationIsNeverJoinedByAnother() throws Exception {
    TableSchema users = topics.table("users", 1);
    topics.write(users, 1, 0, 10);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    sink.hook =
        batch -> {
          if (batch.topic().endsWith("users")) {
            entered.countDown();
            leave.await();
          }
        };
    start("&revokeTimeout=100");
    assertThat(entered.await(120, TimeUnit.SECONDS)).isTrue();

    // A new table makes the group share anew: users leaves its only reader and comes back.
    TableSchema late = topics.table("late", 1);
    topics.write(late, 1, 0, 10);
    patiently().until(() -> sink.numbers(topics.topic("late")).size() >= 10);
    assertThat(tried("users")).isEqualTo(1);
    leave.countDown();

    patiently().until(() -> topics.committed(topics.prefix, "users", 1).get(0) == 10);
    assertThat(new HashSet<>(sink.numbers(topics.topic("users")))).contains(range(0, 10));
    assertThat(sink.overlaps).isEmpty();
  }

  @Test
  void stopsSoonWhileTheSinkFailsAndCommitsNothingOfIt() throws Exception {
    TableSchema users = topics.table("users", 1);
    topics.write(users, 1, 0, 10);
    CamelContext context = start("");
    patiently().until(() -> topics.committed(topics.prefix, "users", 1).get(0) == 10);
    sink.hook =
        batch -> {
          throw new IllegalStateException("broken on purpose");
        };
    topics.write(users, 1, 10, 20);
    patiently().until(() -> tried("users") >= 3);

    long began = System.nanoTime();
    context.stop();

    // It neither waits for a try that never comes nor for the shutdown's time-out.
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(40));
    assertThat(topics.committed(topics.prefix, "users", 1)).containsEntry(0, 10L);
  }

  @Test
  void healthIsDownWhileATableFailsAndUpAgainAfter() throws Exception {
    TableSchema users = topics.table("users", 1);
    CamelContext context = start("");
    sink.hook =
        batch -> {
          throw new IllegalStateException("broken on purpose");
        };
    topics.write(users, 1, 0, 10);
    patiently().until(() -> health(context).getState() == HealthCheck.State.DOWN);
    assertThat(health(context).getDetails())
        .containsEntry(topics.topic("users"), "broken on purpose");

    sink.hook = batch -> {};

    patiently().until(() -> health(context).getState() == HealthCheck.State.UP);
    assertThat(sink.numbers(topics.topic("users"))).containsExactly(range(0, 10));
  }

  @Test
  void aTableThatWentToAnotherReaderIsNoLongerThisOnesFailure() throws Exception {
    TableSchema a = topics.table("a", 1);
    TableSchema b = topics.table("b", 1);
    sink.hook =
        batch -> {
          throw new IllegalStateException("broken on purpose");
        };
    CamelContext first = start("");
    topics.write(a, 1, 0, 1);
    topics.write(b, 1, 0, 1);
    patiently()
        .until(
            () ->
                health(first)
                    .getDetails()
                    .keySet()
                    .containsAll(Set.of(topics.topic("a"), topics.topic("b"))));

    CamelContext second = start("");

    patiently()
        .until(
            () ->
                health(first).getDetails().containsKey(topics.topic("a"))
                    != health(second).getDetails().containsKey(topics.topic("a")));
    patiently()
        .until(
            () ->
                health(first).getDetails().containsKey(topics.topic("b"))
                    != health(second).getDetails().containsKey(topics.topic("b")));
  }

  private int tried(String table) {
    return (int)
        sink.tried.stream().filter(batch -> batch.topic().equals(topics.topic(table))).count();
  }

  private long appliedRecords() {
    return sink.applied.stream().mapToLong(batch -> batch.records().size()).sum();
  }

  private CamelContext start(String options) throws Exception {
    return start(options, true);
  }

  private CamelContext start(String options, boolean quick) throws Exception {
    return start((quick ? QUICK : "&batchInterval=20") + options, null);
  }

  private CamelContext start(String options, Store store) throws Exception {
    CamelContext context = new DefaultCamelContext();
    contexts.add(context);
    HealthCheckRegistry registry = new DefaultHealthCheckRegistry(context);
    context.getCamelContextExtension().addContextPlugin(HealthCheckRegistry.class, registry);
    registry.register(new ConsumersHealthCheckRepository());
    if (store != null) {
      context.addComponent("store", store);
    }
    String uri =
        "change-log:%s?brokers=%s&groupId=%s%s"
            .formatted(topics.prefix, topics.brokers, topics.prefix, options);
    context.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            from(uri).routeId("sink").process(sink);
          }
        });
    context.start();
    return context;
  }

  private static HealthCheck.Result health(CamelContext context) {
    Collection<HealthCheck.Result> results = HealthCheckHelper.invoke(context);
    return results.stream()
        .filter(result -> result.getCheck().getId().equals("consumer:sink"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("No check of change-log in " + results));
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofSeconds(120)).pollInterval(Duration.ofMillis(50));
  }

  /** A component that stores positions, as the Iceberg sink does. */
  static final class Store extends DefaultComponent implements PositionStore {
    volatile Map<String, Map<Integer, Long>> positions;
    final Set<String> released = ConcurrentHashMap.newKeySet();

    Store(Map<String, Map<Integer, Long>> positions) {
      this.positions = positions;
    }

    @Override
    public Map<Integer, Long> nextOffsets(String topic, Set<Integer> partitions) {
      return positions.getOrDefault(topic, Map.of());
    }

    @Override
    public void released(String topic) {
      released.add(topic);
    }

    @Override
    protected Endpoint createEndpoint(String uri, String path, Map<String, Object> parameters) {
      throw new UnsupportedOperationException();
    }
  }

  /** Counts what the reader takes into memory. */
  public static final class Polled implements ConsumerInterceptor<byte[], byte[]> {
    static final AtomicLong RECORDS = new AtomicLong();

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
      for (ConsumerRecord<byte[], byte[]> ignored : records) {
        RECORDS.incrementAndGet();
      }
      return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
  }
}
