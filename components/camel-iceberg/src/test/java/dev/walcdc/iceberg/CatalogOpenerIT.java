package dev.walcdc.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.catalog.Catalog;
import org.junit.jupiter.api.Test;

/** The sink, `verify` and the command line may all be the first that open a catalog. */
class CatalogOpenerIT {

  private static final int OPENERS = 4;
  private static final int ROUNDS = 10;

  @Test
  void severalOpenANewCatalogAtOnce() throws Exception {
    ConnectionSettings.Postgres server =
        SharedStack.with(Server.CATALOG, Server.S3).settings().catalog();
    ExecutorService threads = Executors.newFixedThreadPool(OPENERS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        String database = "new_catalog_" + UUID.randomUUID().toString().replace('-', '_');
        execute(server, "CREATE DATABASE " + database);
        try {
          openAtOnce(threads, configuration(server, database));
        } finally {
          execute(server, "DROP DATABASE " + database + " WITH (FORCE)");
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  private static void openAtOnce(ExecutorService threads, IcebergConfiguration configuration)
      throws Exception {
    CyclicBarrier start = new CyclicBarrier(OPENERS);
    List<Future<Catalog>> openings = new ArrayList<>();
    for (int i = 0; i < OPENERS; i++) {
      openings.add(
          threads.submit(
              () -> {
                start.await();
                return configuration.openCatalog();
              }));
    }
    for (Future<Catalog> opening : openings) {
      Catalog catalog = opening.get();
      assertThat(catalog.name()).isEqualTo("lake");
      close(catalog);
    }
  }

  private static IcebergConfiguration configuration(
      ConnectionSettings.Postgres server, String database) {
    IcebergConfiguration configuration = new IcebergConfiguration();
    configuration.setUri(server.jdbcUrl().replaceFirst("/[^/?]+(?=\\?|$)", "/" + database));
    configuration.setJdbcUser(server.user());
    configuration.setJdbcPassword(server.password());
    configuration.setWarehouse("file:///nothing/is/written");
    return configuration;
  }

  private static void close(Catalog catalog) throws IOException {
    ((Closeable) catalog).close();
  }

  private static void execute(ConnectionSettings.Postgres server, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
