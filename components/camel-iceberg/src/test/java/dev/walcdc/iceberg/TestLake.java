package dev.walcdc.iceberg;

import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.io.CloseableIterable;

/** A catalog for tests and what one wants to know of its tables. */
final class TestLake {

  static final TableIdentifier USERS = TableIdentifier.of("app", "users");
  static final TableIdentifier EVENTS = TableIdentifier.of("app", "events");

  final Catalog catalog;
  Fault fault = Fault.NONE;
  Runnable beforeRefresh = () -> {};

  private TestLake(Catalog catalog) {
    this.catalog = catalog;
  }

  /** A lake in memory, files included. */
  static TestLake inMemory() {
    TestLake[] lake = {null};
    InMemoryCatalog catalog =
        new InMemoryCatalog() {
          @Override
          protected TableOperations newTableOps(TableIdentifier identifier) {
            return new FaultyOperations(
                super.newTableOps(identifier),
                () -> lake[0].fault,
                () -> lake[0].beforeRefresh.run());
          }
        };
    // The files of all in-memory catalogs lie in one map.
    String warehouse = "memory://" + UUID.randomUUID();
    catalog.initialize("lake", Map.of(CatalogProperties.WAREHOUSE_LOCATION, warehouse));
    lake[0] = new TestLake(catalog);
    return lake[0];
  }

  /** A catalog of this name in the shared stack's PostgreSQL, with files on its S3. */
  static IcebergConfiguration onServers(String name) {
    ConnectionSettings settings = SharedStack.with(Server.CATALOG, Server.S3).settings();
    IcebergConfiguration configuration = new IcebergConfiguration();
    configuration.setCatalogName(name);
    configuration.setUri(settings.catalog().jdbcUrl());
    configuration.setJdbcUser(settings.catalog().user());
    configuration.setJdbcPassword(settings.catalog().password());
    configuration.setWarehouse("s3://" + settings.s3().bucket() + "/" + name);
    configuration.setS3Endpoint(settings.s3().endpoint().toString());
    configuration.setS3AccessKeyId(settings.s3().accessKey());
    configuration.setS3SecretAccessKey(settings.s3().secretKey());
    configuration.setS3PathStyleAccess(true);
    configuration.setClientRegion(settings.s3().region());
    return configuration;
  }

  static TestLake of(Catalog catalog) {
    return new TestLake(catalog);
  }

  TableSink sink(String topic) {
    return new TableSink(topic, new LakeTables(catalog, Map.of(), LakeTables.PER_SCHEMA));
  }

  TopicSink topic(String topic) {
    return new TopicSink(topic, new LakeTables(catalog, Map.of(), LakeTables.PER_SCHEMA));
  }

  Table table(TableIdentifier identifier) {
    return catalog.loadTable(identifier);
  }

  /** The rows as another engine reads them, without our own columns, sorted. */
  List<String> rows(TableIdentifier identifier) {
    if (!catalog.tableExists(identifier)) {
      return List.of();
    }
    List<String> rows = new ArrayList<>();
    try (CloseableIterable<Record> records = IcebergGenerics.read(table(identifier)).build()) {
      for (Record record : records) {
        Map<String, Object> row = new TreeMap<>();
        record
            .struct()
            .fields()
            .forEach(
                field -> {
                  if (!field.name().startsWith("_")) {
                    row.put(field.name(), record.getField(field.name()));
                  }
                });
        rows.add(row.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    rows.sort(null);
    return rows;
  }

  Snapshot snapshot(TableIdentifier identifier) {
    return table(identifier).currentSnapshot();
  }

  String summary(TableIdentifier identifier, String key) {
    return snapshot(identifier).summary().get(key);
  }

  long deleteFiles(TableIdentifier identifier) {
    return Long.parseLong(summary(identifier, "total-delete-files"));
  }

  int commits(TableIdentifier identifier) {
    int commits = 0;
    for (Snapshot ignored : table(identifier).snapshots()) {
      commits++;
    }
    return commits;
  }

  /** Locations of the data and delete files that the table is made of. */
  Set<String> liveFiles(TableIdentifier identifier) {
    Set<String> files = new HashSet<>();
    try (CloseableIterable<FileScanTask> tasks = table(identifier).newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        files.add(task.file().location());
        task.deletes().forEach(delete -> files.add(delete.location()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }
}
