package dev.walcdc.verify;

import dev.walcdc.capture.source.Definition;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.PartitionProgress;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.clickhouse.ClickHouseComponent;
import dev.walcdc.clickhouse.ClickHouseConfiguration;
import dev.walcdc.iceberg.IcebergComponent;
import dev.walcdc.iceberg.IcebergConfiguration;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import dev.walcdc.schema.TableSchema;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.iceberg.catalog.Catalog;

/** The real source and both real sinks, written by hand in place of capture. */
final class TestBed implements AutoCloseable {

  static final Patience SHORT =
      new Patience(
          Duration.ofMillis(600),
          Duration.ofSeconds(20),
          Duration.ofMillis(100),
          Duration.ofMillis(300));

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final ProducerTemplate template;
  private final AtomicLong lsn = new AtomicLong(100);
  private final Map<String, Long> offsets = new ConcurrentHashMap<>();

  final SourceConnection source;
  final ClickHouseAccess clickHouse;
  final Catalog catalog;

  /** A PostgreSQL schema that no other test has. */
  final String schema = "v" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();

  TestBed() {
    ConnectionSettings settings =
        SharedStack.with(Server.POSTGRES, Server.CLICKHOUSE, Server.S3, Server.CATALOG).settings();
    ConnectionSettings.Postgres postgres = settings.postgres();
    source =
        new SourceConnection(
            postgres.host(),
            postgres.port(),
            postgres.database(),
            postgres.user(),
            postgres.password());
    clickHouse =
        ClickHouseAccess.perSchema(
            settings.clickHouse().url(),
            settings.clickHouse().user(),
            settings.clickHouse().password());
    ClickHouseConfiguration ch = new ClickHouseConfiguration();
    ch.setServerUrl(settings.clickHouse().url().toString());
    ch.setUsername(settings.clickHouse().user());
    ch.setPassword(settings.clickHouse().password());
    camel.getComponent("clickhouse", ClickHouseComponent.class).setConfiguration(ch);
    IcebergConfiguration lake = lake(settings);
    camel.getComponent("iceberg", IcebergComponent.class).setConfiguration(lake);
    catalog = lake.openCatalog();
    camel.start();
    template = camel.createProducerTemplate();
    sql("CREATE SCHEMA " + schema);
  }

  private static IcebergConfiguration lake(ConnectionSettings settings) {
    IcebergConfiguration lake = new IcebergConfiguration();
    lake.setUri(settings.catalog().jdbcUrl());
    lake.setJdbcUser(settings.catalog().user());
    lake.setJdbcPassword(settings.catalog().password());
    lake.setWarehouse("s3://" + settings.s3().bucket() + "/verify");
    lake.setS3Endpoint(settings.s3().endpoint().toString());
    lake.setS3AccessKeyId(settings.s3().accessKey());
    lake.setS3SecretAccessKey(settings.s3().secretKey());
    lake.setS3PathStyleAccess(true);
    lake.setClientRegion(settings.s3().region());
    return lake;
  }

  Verifier verifier() {
    return new Verifier(source, clickHouse, IcebergAccess.perSchema(catalog));
  }

  TableName table(String name) {
    return new TableName(schema, name);
  }

  VerifyReport.Table verify(String table) {
    return verifier().verify(List.of(table(table)), SHORT).tables().get(0);
  }

  /** Runs statements in PostgreSQL; `%s` in them is the test's schema. */
  void sql(String... statements) {
    try (Connection connection = source.open();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql.replace("%s", schema));
      }
    } catch (Exception e) {
      throw new AssertionError(Arrays.toString(statements), e);
    }
  }

  /** The table's present schema, as capture would describe it. */
  TableSchema describe(String table) {
    try {
      Definition definition = new SourceCatalog(source).definition(table(table)).orElseThrow();
      return new TableSchema(schema, table, definition.columns(), definition.key(), 1, 1);
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
  }

  RowChange change(Operation operation, Object... row) {
    long at = lsn.addAndGet(10);
    return RowChange.of(
        new ChangePoint(operation, Version.of(1, at - 5, at), 0),
        row,
        0,
        0,
        1_700_000_000_000_000L);
  }

  /** What a sink applies: `clickhouse:*` or `iceberg:*`. */
  void apply(String sink, TableSchema table, List<RowChange> changes) {
    String topic = "t." + table.qualifiedName();
    long next = offsets.merge(sink + topic, (long) changes.size(), Long::sum);
    ChangePoint last = changes.get(changes.size() - 1).point();
    TreeMap<Integer, PartitionProgress> progress = new TreeMap<>();
    progress.put(0, new PartitionProgress(next, changes.size(), last, 1_700_000_000_000_000L));
    ChangeBatch batch = new ChangeBatch(topic, table, List.of(), changes, progress);
    Exchange sent = template.send(sink, exchange -> exchange.getMessage().setBody(batch));
    if (sent.getException() != null) {
      throw new AssertionError(sink, sent.getException());
    }
  }

  void applyToBoth(TableSchema table, List<RowChange> changes) {
    apply("clickhouse:*", table, changes);
    apply("iceberg:*", table, changes);
  }

  /** Creates rows in both sinks. */
  void create(TableSchema table, Object[]... rows) {
    List<RowChange> changes = new ArrayList<>();
    for (Object[] row : rows) {
      changes.add(change(Operation.CREATE, row));
    }
    applyToBoth(table, changes);
  }

  static VerifyReport.Sink sink(VerifyReport.Table table, String name) {
    return table.sinks().stream().filter(s -> s.sink().equals(name)).findFirst().orElseThrow();
  }

  @Override
  public void close() throws Exception {
    camel.stop();
    ((java.io.Closeable) catalog).close();
  }
}
