package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.delete;
import static dev.walcdc.iceberg.Changes.update;
import static dev.walcdc.iceberg.Changes.users;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.RowChange;
import dev.walcdc.iceberg.maintain.LakehouseMaintenance;
import dev.walcdc.iceberg.maintain.MaintenancePolicy;
import dev.walcdc.iceberg.maintain.MaintenanceReport;
import dev.walcdc.iceberg.maintain.ScheduledMaintenance;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Maintenance against Iceberg's JDBC catalog in PostgreSQL, with files on S3. */
class MaintenanceIT {

  private static final long SEED = Long.getLong("walcdc.seed", 20_261_123);
  private static final int COMMITS = 90;

  private final IcebergConfiguration configuration = TestLake.onServers("lake" + UUID.randomUUID());
  private final JdbcCatalog catalog = (JdbcCatalog) configuration.openCatalog();
  private final TestLake lake = TestLake.of(catalog);

  @AfterEach
  void close() {
    catalog.close();
  }

  private MaintenanceReport maintain(Duration later) {
    MaintenancePolicy policy =
        new MaintenancePolicy(1 << 20, 3, 3, 1_000, Duration.ofMinutes(10), 5, Duration.ofDays(3));
    return new LakehouseMaintenance(catalog, policy, Clock.offset(Clock.systemUTC(), later))
        .run(table -> true);
  }

  /** The rows of any commit are those that the source had there, whoever rewrote them since. */
  @Test
  void rowsAreRightAtAllTimesWhileTheSinkWrites() throws Exception {
    System.out.println("seed " + SEED);
    Map<Long, List<String>> truth = new ConcurrentHashMap<>();
    AtomicBoolean ended = new AtomicBoolean();
    ExecutorService others = Executors.newFixedThreadPool(2);
    try {
      Random random = new Random(SEED);
      Map<Long, String> rows = new TreeMap<>();
      TableSink sink = lake.sink(TOPIC);
      sink.apply(next(1, rows, random, truth));
      Future<Integer> maintained =
          others.submit(
              () -> {
                int runs = 0;
                while (!ended.get()) {
                  // Snapshots expire at once, but for the newest five.
                  MaintenanceReport report = maintain(Duration.ofHours(1));
                  // A sink that commits without a pause may leave no room.
                  assertThat(report.tables())
                      .allSatisfy(
                          table ->
                              assertThat(String.valueOf(table.problem()))
                                  .containsAnyOf("null", "Nobody can say"));
                  runs += report.isDone() ? 1 : 0;
                }
                return runs;
              });
      Future<Integer> read =
          others.submit(
              () -> {
                int reads = 0;
                while (!ended.get()) {
                  reads += isAsTheSourceWas(truth) ? 1 : 0;
                }
                return reads;
              });
      for (int offset = 2; offset <= COMMITS; offset++) {
        apply(sink, next(offset, rows, random, truth));
        if (offset % 30 == 0) {
          sink = lake.sink(TOPIC);
          assertThat(sink.takeOver()).isEqualTo(Map.of(0, (long) offset));
        }
      }
      ended.set(true);
      assertThat(maintained.get(2, TimeUnit.MINUTES)).isPositive();
      assertThat(read.get(2, TimeUnit.MINUTES)).isPositive();
      System.out.printf(
          "%d commits, %d maintenances, %d readings%n", COMMITS, maintained.get(), read.get());
      MaintenanceReport last = maintain(Duration.ofHours(1));
      assertThat(last.isDone()).as(last.toString()).isTrue();
      assertThat(lake.rows(USERS)).isEqualTo(truth.get((long) COMMITS));
      assertThat(lake.liveFiles(USERS)).hasSizeLessThan(12);
    } finally {
      ended.set(true);
      others.shutdownNow();
    }
  }

  /** As the route does it. */
  private static void apply(TableSink sink, ChangeBatch batch) {
    await().ignoreException(UnknownOutcomeException.class).until(() -> applied(sink, batch));
  }

  private static boolean applied(TableSink sink, ChangeBatch batch) {
    sink.apply(batch);
    return true;
  }

  private static ChangeBatch next(
      long offset, Map<Long, String> rows, Random random, Map<Long, List<String>> truth) {
    Map<Long, RowChange> changes = new TreeMap<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      long id = random.nextInt(40);
      long lsn = offset * 10 + i;
      if (changes.containsKey(id)) {
        continue;
      }
      if (rows.containsKey(id) && random.nextInt(3) == 0) {
        rows.remove(id);
        changes.put(id, delete(lsn, id, null));
      } else {
        boolean there = rows.put(id, "v" + lsn) != null;
        changes.put(id, there ? update(lsn, id, "v" + lsn) : create(lsn, id, "v" + lsn));
      }
    }
    List<String> all = new ArrayList<>();
    rows.forEach((id, name) -> all.add("{id=%d, name=%s}".formatted(id, name)));
    all.sort(null);
    truth.put(offset, all);
    return batch(users(), offset, changes.values().toArray(RowChange[]::new));
  }

  /** False if the snapshot expired while it was read. */
  private boolean isAsTheSourceWas(Map<Long, List<String>> truth) throws IOException {
    Table table = lake.table(USERS);
    long offset = StoredPosition.of(table).orElseThrow().nextOffsets().get(0);
    List<String> rows = new ArrayList<>();
    try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
      for (Record row : records) {
        rows.add("{id=%s, name=%s}".formatted(row.getField("id"), row.getField("name")));
      }
    } catch (RuntimeException e) {
      if (lake.table(USERS).snapshot(table.currentSnapshot().snapshotId()) == null) {
        return false;
      }
      throw e;
    }
    rows.sort(null);
    assertThat(rows).as("offset %d", offset).isEqualTo(truth.get(offset));
    return true;
  }

  @Test
  void removesWhatNothingNamesOnceItIsOld() throws IOException {
    TableSink sink = lake.sink(TOPIC);
    for (long id = 1; id <= 5; id++) {
      sink.apply(batch(users(), id, create(10 + id, id, "v" + id)));
    }
    List<String> rows = lake.rows(USERS);
    Table table = lake.table(USERS);
    String data = orphan(table, table.location() + "/data/failed.parquet");
    String metadata = orphan(table, table.location() + "/metadata/failed.avro");

    maintain(Duration.ZERO);
    assertThat(isThere(table, data)).as("a commit may be on its way").isTrue();

    MaintenanceReport report = maintain(Duration.ofDays(4));
    assertThat(report.isDone()).as(report.toString()).isTrue();
    assertThat(report.tables().get(0).orphans()).isGreaterThanOrEqualTo(2);
    assertThat(isThere(table, data)).isFalse();
    assertThat(isThere(table, metadata)).isFalse();
    assertThat(lake.rows(USERS)).isEqualTo(rows);
    sink.apply(batch(users(), 6, update(30, 1L, "w")));
    assertThat(maintain(Duration.ofDays(4)).tables().get(0).orphans()).isZero();
    assertThat(lake.rows(USERS)).hasSize(5).contains("{id=1, name=w}");
  }

  private static String orphan(Table table, String location) throws IOException {
    try (PositionOutputStream out = table.io().newOutputFile(location).create()) {
      out.write(new byte[] {1, 2, 3});
    }
    return location;
  }

  private static boolean isThere(Table table, String location) {
    return table.io().newInputFile(location).exists();
  }

  /** The files of a table that was made anew lie where its next shadow will lie. */
  @Test
  void keepsTheFilesThatAShadowHasLeftToTheTable() throws IOException {
    TopicSink topic = lake.topic(TOPIC);
    ShadowTableTest.numbersBecomeTexts().forEach(topic::apply);
    assertThat(lake.rows(USERS)).isEqualTo(ShadowTableTest.NEW);
    Table table = lake.table(USERS);
    String place = table.location() + "_walcdc_shadow/";
    assertThat(lake.liveFiles(USERS)).anyMatch(file -> file.startsWith(place));
    String orphan = orphan(table, place + "data/failed.parquet");

    maintain(Duration.ofDays(4));
    assertThat(isThere(table, orphan)).isFalse();
    assertThat(lake.rows(USERS)).isEqualTo(ShadowTableTest.NEW);

    // The next shadow is being filled: its files are not the table's.
    String filled = orphan(table, place + "data/filled.parquet");
    catalog
        .buildTable(TableIdentifier.of("app", "users_walcdc_shadow"), table.schema())
        .withProperty(Positions.TOPIC, TOPIC)
        .withProperty(LakeTables.FOUNDED, "1/9")
        .create();
    MaintenanceReport report = maintain(Duration.ofDays(4));
    assertThat(report.tables()).hasSize(1);
    assertThat(isThere(table, filled)).isTrue();
    assertThat(lake.rows(USERS)).isEqualTo(ShadowTableTest.NEW);
  }

  @Test
  void theRoutesBeanMaintainsAndTells() throws Exception {
    TableSink sink = lake.sink(TOPIC);
    for (long id = 1; id <= 5; id++) {
      sink.apply(batch(users(), id, create(10 + id, id, "v" + id)));
    }
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (DefaultCamelContext context = new DefaultCamelContext()) {
      IcebergComponent component = new IcebergComponent();
      component.setConfiguration(configuration);
      context.addComponent("iceberg", component);
      context.getRegistry().bind("metrics", registry);
      context.start();
      ScheduledMaintenance scheduled = new ScheduledMaintenance();
      scheduled.setCamelContext(context);
      scheduled.setTables("other\\..*, app\\.users");
      scheduled.setSmallFiles(3);

      scheduled.run();
    }
    assertThat(lake.liveFiles(USERS)).hasSize(2);
    assertThat(gauge(registry, "walcdc.maintain.data.files")).isEqualTo(2);
    assertThat(gauge(registry, "walcdc.maintain.snapshots")).isEqualTo(6);
    assertThat(gauge(registry, "walcdc.maintain.failed")).isZero();
    assertThat(registry.get("walcdc.maintain.last").gauge().value()).isPositive();
  }

  private static double gauge(SimpleMeterRegistry registry, String name) {
    return registry.get(name).tag("table", "app.users").gauge().value();
  }
}
