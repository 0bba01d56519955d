package dev.walcdc.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import dev.walcdc.change.WideColumns;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** The ClickHouse of the shared stack, a sink on it and a way to ask it. */
final class TestServer implements AutoCloseable {

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Client client;
  final ClickHouseServer server;
  final AppliedPositions positions;

  TestServer() {
    client = ClickHouseClients.create(configuration());
    server = new ClickHouseServer(client, ClickHouseClients.endpointOf(configuration()));
    positions = new AppliedPositions(server);
  }

  static ClickHouseConfiguration configuration() {
    ConnectionSettings.ClickHouse settings =
        SharedStack.with(Server.CLICKHOUSE).settings().clickHouse();
    ClickHouseConfiguration configuration = new ClickHouseConfiguration();
    configuration.setServerUrl(settings.url().toString());
    configuration.setUsername(settings.user());
    configuration.setPassword(settings.password());
    return configuration;
  }

  /** A sink as a process has it that just started. */
  ChangeSink newSink() {
    return newSink("*", ClickHouseConfiguration.DEFAULT_BATCH_SIZE);
  }

  ChangeSink newSink(String database, int maxRows) {
    return new ChangeSink(server, database, maxRows, WideColumns.NONE, positions);
  }

  /** A PostgreSQL schema, hence a database, that no other test has. */
  static String newSchema() {
    return "s" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
  }

  Client client() {
    return client;
  }

  /** The answer with tabs between columns and a line feed after each row but the last. */
  String ask(String sql) {
    QuerySettings settings = new QuerySettings().setFormat(ClickHouseFormat.TabSeparated);
    try (QueryResponse response = client.query(sql, settings).get()) {
      return new String(response.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .stripTrailing();
    } catch (Exception e) {
      throw new AssertionError(sql, e);
    }
  }

  void run(String sql) {
    server.execute(sql);
  }

  @Override
  public void close() {
    client.close();
  }
}
