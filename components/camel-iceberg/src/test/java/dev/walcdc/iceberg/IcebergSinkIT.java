package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.delete;
import static dev.walcdc.iceberg.Changes.update;
import static dev.walcdc.iceberg.Changes.users;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.Unchanged;
import dev.walcdc.change.Version;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.jdbc.JdbcClientPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** Against Iceberg's JDBC catalog in PostgreSQL, with files on S3. */
class IcebergSinkIT {

  private static final int SEEDS = Integer.getInteger("walcdc.seeds", 2);

  /** Answers of the catalog's database that get lost from now on, after the statement ran. */
  private final AtomicInteger lostAnswers = new AtomicInteger();

  private final Map<String, String> properties = properties("lake" + UUID.randomUUID());
  private final JdbcCatalog catalog = open();
  private final TestLake lake = TestLake.of(catalog);
  private final TableSink sink = lake.sink(TOPIC);

  private static Map<String, String> properties(String name) {
    Map<String, String> properties = new HashMap<>(TestLake.onServers(name).toCatalogProperties());
    properties.put("name", name);
    return properties;
  }

  private JdbcCatalog open() {
    JdbcCatalog jdbc =
        new JdbcCatalog(
            null,
            map ->
                new JdbcClientPool(map.get(CatalogProperties.URI), map) {
                  @Override
                  protected Connection newClient() {
                    return losing(super.newClient());
                  }
                },
            true);
    jdbc.initialize(properties.get("name"), properties);
    return jdbc;
  }

  /** A connection that may break after an update has reached the database. */
  private Connection losing(Connection connection) {
    return (Connection)
        proxy(
            Connection.class,
            (method, arguments) -> {
              Object result = method.invoke(connection, arguments);
              return result instanceof PreparedStatement statement ? losing(statement) : result;
            });
  }

  private PreparedStatement losing(PreparedStatement statement) {
    return (PreparedStatement)
        proxy(
            PreparedStatement.class,
            (method, arguments) -> {
              Object result = method.invoke(statement, arguments);
              if (method.getName().equals("executeUpdate")
                  && statement.toString().contains("UPDATE iceberg_tables")
                  && lostAnswers.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new SQLException("An I/O error occurred", "08006");
              }
              return result;
            });
  }

  private static Object proxy(Class<?> type, Call call) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (self, method, arguments) -> {
          try {
            return call.invoke(method, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  @FunctionalInterface
  private interface Call {
    Object invoke(Method method, Object[] arguments) throws Throwable;
  }

  @AfterEach
  void close() {
    catalog.close();
  }

  @Test
  void appliesInsertsUpdatesDeletesAndTruncates() {
    sink.apply(batch(users(), 3, create(10, 1L, "a"), create(11, 2L, "b"), create(12, 3L, "c")));
    sink.apply(batch(users(), 5, update(20, 1L, "A"), delete(21, 2L, null)));
    sink.apply(batch(users(), 6, update(22, 1L, Unchanged.TOAST)));
    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=A}", "{id=3, name=c}");

    sink.apply(batch(users(), 8, Version.of(1, 29, 30), create(31, 4L, "d")));
    assertThat(lake.rows(USERS)).containsExactly("{id=4, name=d}");
    assertThat(lake.sink(TOPIC).takeOver()).isEqualTo(Map.of(0, 8L));
  }

  @Test
  void survivesAnAnswerOfTheDatabaseThatGetsLost() {
    sink.apply(batch(users(), 2, create(10, 1L, "a"), create(11, 2L, "b")));
    // The client repeats the update on a new connection, and finds nothing to update.
    lostAnswers.set(1);
    sink.apply(batch(users(), 4, update(12, 1L, "A"), create(13, 3L, "c")));
    assertThat(lostAnswers).hasValue(0);
    sink.apply(batch(users(), 5, delete(14, 2L, null)));

    assertThat(lake.rows(USERS)).containsExactly("{id=1, name=A}", "{id=3, name=c}");
    assertThat(lake.commits(USERS)).isEqualTo(3);
  }

  /**
   * The note on the table, the shadow's rows, the exchange: each commit's answer gets lost once.
   */
  @Test
  void makesATableAnewThoughEveryAnswerGetsLost() {
    TopicSink topicSink = lake.topic(TOPIC);
    int next = 0;
    for (ChangeBatch each : ShadowTableTest.numbersBecomeTexts()) {
      for (int lost = 0; lost < 3; lost++) {
        lostAnswers.set(1);
        try {
          topicSink.apply(each);
        } catch (UnknownOutcomeException e) {
          // The route tries again; which commit of the batch is hit next is another one.
          assertThat(e).hasMessageContaining("Nobody can say");
        }
      }
      lostAnswers.set(0);
      topicSink.apply(each);
      next++;
      assertThat(lake.topic(TOPIC).takeOver()).isEqualTo(Map.of(0, (long) next));
      if (next > 2) {
        assertThat(lake.rows(USERS)).isIn(ShadowTableTest.OLD, ShadowTableTest.NEW);
      }
    }
    assertThat(lake.rows(USERS)).isEqualTo(ShadowTableTest.NEW);
    catalog.close();
    try (JdbcCatalog again = open()) {
      assertThat(TestLake.of(again).rows(USERS)).isEqualTo(ShadowTableTest.NEW);
    }
  }

  @Test
  void icebergItselfDoesNot() {
    // Why the sink does not leave retries to Iceberg: should this ever fail, it could.
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    var table = lake.table(USERS);
    table.updateProperties().set("commit.retry.num-retries", "0").commit();
    lostAnswers.set(1);
    assertThatThrownBy(
            () ->
                table
                    .newAppend()
                    .appendFile(
                        DataFiles.builder(table.spec())
                            .withPath("s3://nowhere/x.parquet")
                            .withFileSizeInBytes(1)
                            .withRecordCount(1)
                            .build())
                    .commit())
        .isInstanceOf(CommitFailedException.class);

    assertThatThrownBy(() -> lake.rows(USERS)).isInstanceOf(NoSuchKeyException.class);
  }

  @Test
  void stopsASecondWriter() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    TableSink successor = TestLake.of(open()).sink(TOPIC);
    successor.takeOver();
    successor.apply(batch(users(), 3, create(11, 2L, "b")));

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(11, 2L, "b"))))
        .isInstanceOf(SecondWriterException.class);
    assertThat(lake.rows(USERS)).hasSize(2);
  }

  @Test
  void saysThatItsTableWasDropped() {
    sink.apply(batch(users(), 2, create(10, 1L, "a")));
    catalog.dropTable(USERS);

    assertThatThrownBy(() -> sink.apply(batch(users(), 3, create(11, 2L, "b"))))
        .isInstanceOf(SecondWriterException.class)
        .hasMessageContaining("was dropped");
    assertThat(sink.takeOver()).isEmpty();
    sink.apply(batch(users(), 3, create(10, 1L, "a"), create(11, 2L, "b")));
    assertThat(lake.rows(USERS)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 1", "true, 3", "false, 3"})
  void givesTheSameRowsForAnyCutAndReplay(boolean keyed, int partitions) {
    for (long seed = 1_000; seed < 1_000 + SEEDS; seed++) {
      Map<String, String> own = properties("lake" + UUID.randomUUID());
      try (JdbcCatalog fresh = new JdbcCatalog()) {
        fresh.initialize(own.get("name"), own);
        AnyCutAnyReplay.check(TestLake.of(fresh), seed, keyed, partitions);
      }
    }
  }
}
