package dev.walcdc.iceberg;

import static dev.walcdc.iceberg.Changes.TOPIC;
import static dev.walcdc.iceberg.Changes.batch;
import static dev.walcdc.iceberg.Changes.create;
import static dev.walcdc.iceberg.Changes.delete;
import static dev.walcdc.iceberg.Changes.update;
import static dev.walcdc.iceberg.Changes.users;
import static dev.walcdc.iceberg.TestLake.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.change.RowChange;
import dev.walcdc.iceberg.maintain.LakehouseMaintenance;
import dev.walcdc.iceberg.maintain.MaintenancePolicy;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.junit.jupiter.api.Test;

/**
 * What a table costs its readers and its writer after many commits of the sink, before maintenance
 * and after. Trino reads. Run by name: {@code mvn verify -pl components/camel-iceberg -am
 * -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=MaintenanceBench
 * -Dfailsafe.failIfNoSpecifiedTests=false}.
 */
class MaintenanceBench {

  private static final int COMMITS = Integer.getInteger("walcdc.commits", 2_000);
  private static final int CHANGES = 50;
  private static final long SEED = 20_261_123;
  private static final int QUERIES = 3;
  private static final double NANOS_A_MILLI = 1e6;

  private TestLake lake;
  private Connection trino;

  @Test
  void manyCommits() throws Exception {
    ConnectionSettings settings =
        SharedStack.with(Server.CATALOG, Server.S3, Server.TRINO).settings();
    Properties user = new Properties();
    user.setProperty("user", "bench");
    try (JdbcCatalog catalog = open(settings);
        Connection connection = DriverManager.getConnection(settings.trino().jdbcUrl(), user)) {
      lake = TestLake.of(catalog);
      trino = connection;
      Map<Long, String> rows = write();
      measure("before", rows);
      maintain("maintained", Duration.ZERO, rows);
      maintain("maintained a day later", Duration.ofHours(25), rows);
    }
  }

  private void maintain(String when, Duration later, Map<Long, String> rows) throws SQLException {
    long begin = System.nanoTime();
    System.out.println(
        new LakehouseMaintenance(
                lake.catalog, MaintenancePolicy.STANDARD, Clock.offset(Clock.systemUTC(), later))
            .run(table -> true));
    System.out.printf("maintenance took %.1f s%n", millis(begin) / 1_000);
    measure(when, rows);
  }

  private Map<Long, String> write() {
    Map<Long, String> rows = new HashMap<>();
    Random random = new Random(SEED);
    TableSink sink = lake.sink(TOPIC);
    long hundred = System.nanoTime();
    for (int commit = 1; commit <= COMMITS; commit++) {
      Map<Long, RowChange> changes = new TreeMap<>();
      for (int i = 0; i < CHANGES; i++) {
        long lsn = (long) commit * CHANGES + i;
        long id = i < CHANGES * 3 / 5 ? lsn : random.nextLong(lsn);
        String name = "name of " + id + " at " + lsn;
        if (i == 0 || !rows.containsKey(id)) {
          if (changes.containsKey(id)) {
            continue;
          }
          changes.put(id, create(lsn, id, name));
          rows.put(id, name);
        } else if (!changes.containsKey(id)) {
          boolean gone = i % 4 == 0;
          changes.put(id, gone ? delete(lsn, id, null) : update(lsn, id, name));
          if (gone) {
            rows.remove(id);
          } else {
            rows.put(id, name);
          }
        }
      }
      sink.apply(batch(users(), commit, changes.values().toArray(RowChange[]::new)));
      if (commit % 500 == 0 || commit == 100) {
        System.out.printf(
            "commit %d, %.0f ms each since the line before%n",
            commit, millis(hundred) / (commit == 100 ? 100 : commit == 500 ? 400 : 500));
        hundred = System.nanoTime();
      }
    }
    return rows;
  }

  private void measure(String when, Map<Long, String> rows) throws SQLException {
    BaseTable table = (BaseTable) lake.table(USERS);
    System.out.printf(
        "%s: %s data files, %s delete files, %d snapshots, metadata %d KB%n",
        when,
        lake.summary(USERS, "total-data-files"),
        lake.summary(USERS, "total-delete-files"),
        lake.commits(USERS),
        table.io().newInputFile(table.operations().current().metadataFileLocation()).getLength()
            >> 10);
    long characters = rows.values().stream().mapToLong(String::length).sum();
    for (int i = 0; i < QUERIES; i++) {
      long begin = System.nanoTime();
      try (Statement statement = trino.createStatement();
          ResultSet result =
              statement.executeQuery("SELECT count(*), sum(length(name)) FROM iceberg.app.users")) {
        assertThat(result.next()).isTrue();
        assertThat(result.getLong(1)).isEqualTo(rows.size());
        assertThat(result.getLong(2)).isEqualTo(characters);
      }
      System.out.printf("%s: query %.0f ms, %d rows%n", when, millis(begin), rows.size());
    }
  }

  private static double millis(long begin) {
    return (System.nanoTime() - begin) / NANOS_A_MILLI;
  }

  private static JdbcCatalog open(ConnectionSettings settings) {
    IcebergConfiguration configuration = new IcebergConfiguration();
    configuration.setUri(settings.catalog().jdbcUrl());
    configuration.setJdbcUser(settings.catalog().user());
    configuration.setJdbcPassword(settings.catalog().password());
    configuration.setWarehouse("s3://" + settings.s3().bucket() + "/warehouse");
    configuration.setS3Endpoint(settings.s3().endpoint().toString());
    configuration.setS3AccessKeyId(settings.s3().accessKey());
    configuration.setS3SecretAccessKey(settings.s3().secretKey());
    configuration.setS3PathStyleAccess(true);
    configuration.setClientRegion(settings.s3().region());
    return (JdbcCatalog) configuration.openCatalog();
  }
}
