package dev.walcdc.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.DataStreamWriter;
import com.clickhouse.client.api.ServerException;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import dev.walcdc.change.RefusedChangeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * The one way to the server: waits for each answer, and turns every failure into a {@link
 * ClickHouseException} that says where and what to check. Safe to share.
 */
public class ClickHouseServer {

  /** An acknowledged insert must be queryable; newer servers collect inserts by default. */
  private static final String ASYNC_INSERT = "async_insert";

  private static final String OFF = "0";

  /**
   * A replicated table drops a block that it took before, which would lose a table's rows when they
   * are written again after somebody emptied it. Versions make repetition harmless as it is. Which
   * setting counts depends on the server: newer ones heed only the second.
   */
  private static final Map<String, String> NO_DEDUPLICATION =
      Map.of("insert_deduplicate", OFF, "deduplicate_insert", "disable");

  private static final int UNKNOWN_USER = 192;
  private static final int AUTHENTICATION_FAILED = 516;
  private static final int ACCESS_DENIED = 497;

  private final Client client;
  private final String url;
  private volatile Map<String, String> insertSettings;

  /**
   * @param client not closed by this class
   * @param url for messages; without credentials
   */
  public ClickHouseServer(Client client, String url) {
    this.client = client;
    this.url = url;
  }

  /**
   * Runs a statement that returns nothing.
   *
   * @throws ClickHouseException if the server cannot be reached or refuses it
   */
  public void execute(String sql) {
    execute(sql, Map.of());
  }

  /**
   * Runs a statement that returns nothing under settings of its own. An INSERT is in the table when
   * this returns.
   */
  @SuppressWarnings("try") // An interruption of close() is dealt with like any other.
  public void execute(String sql, Map<String, String> serverSettings) {
    QuerySettings settings = settings(serverSettings);
    insertSettings().forEach(settings::serverSetting);
    try (QueryResponse response = await(client.query(sql, settings))) {
      response.getInputStream().readAllBytes();
    } catch (Exception e) {
      throw translated(e);
    }
  }

  /** Runs a query whose result is small, and returns its rows in the Java forms of the types. */
  @SuppressWarnings("try") // As above.
  List<Object[]> query(String sql, List<ClickHouseType> types, Map<String, String> serverSettings) {
    // An error after the first row would otherwise come in the middle of the rows.
    QuerySettings settings = settings(serverSettings);
    settings.setFormat(ClickHouseFormat.RowBinary).waitEndOfQuery(true);
    try (QueryResponse response = await(client.query(sql, settings))) {
      RowBinaryInput in = new RowBinaryInput(response.getInputStream(), types);
      List<Object[]> rows = new ArrayList<>();
      for (Object[] row = in.next(); row != null; row = in.next()) {
        rows.add(row);
      }
      return rows;
    } catch (Exception e) {
      throw translated(e);
    }
  }

  /**
   * Runs a query whose result is small, and returns it as lines of JSON, an object a row.
   *
   * @param sql names parameters as {@code {name:Type}}
   * @param parameters values by name, bound by the server and never part of the statement
   */
  @SuppressWarnings("try") // As above.
  public String ask(
      String sql, Map<String, String> parameters, Map<String, String> serverSettings) {
    QuerySettings settings = settings(serverSettings);
    settings.setFormat(ClickHouseFormat.JSONEachRow).waitEndOfQuery(true);
    // The client escapes them as the server expects.
    Map<String, Object> values = Map.copyOf(parameters);
    try (QueryResponse response = await(client.query(sql, values, settings))) {
      return new String(response.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (Exception e) {
      throw translated(e);
    }
  }

  /**
   * Inserts what the writer produces: a header with names and types, then rows. The client may call
   * the writer again after a broken connection, so it must start from the beginning each time.
   */
  public void insert(TableName table, List<String> columns, DataStreamWriter rows) {
    InsertSettings settings = new InsertSettings();
    insertSettings().forEach(settings::serverSetting);
    List<String> quoted = columns.stream().map(Sql::identifier).toList();
    try (InsertResponse response =
        await(
            client.insert(
                table.sql(),
                quoted,
                rows,
                ClickHouseFormat.RowBinaryWithNamesAndTypes,
                settings))) {
      assert response != null;
    } catch (Exception e) {
      throw translated(e);
    }
  }

  /** Asked for once: a server refuses settings that it does not know. */
  private Map<String, String> insertSettings() {
    Map<String, String> known = insertSettings;
    if (known == null) {
      String names =
          NO_DEDUPLICATION.keySet().stream().map(Sql::literal).collect(Collectors.joining(", "));
      Map<String, String> found = new HashMap<>(Map.of(ASYNC_INSERT, OFF));
      for (Object[] row :
          query(
              "SELECT name FROM system.settings WHERE name IN (%s)".formatted(names),
              List.of(ClickHouseType.of(ClickHouseType.Kind.STRING)),
              Map.of())) {
        String name = RowBinaryInput.text(row[0]);
        found.put(name, NO_DEDUPLICATION.get(name));
      }
      known = Map.copyOf(found);
      insertSettings = known;
    }
    return known;
  }

  private static QuerySettings settings(Map<String, String> serverSettings) {
    QuerySettings settings = new QuerySettings();
    serverSettings.forEach(settings::serverSetting);
    return settings;
  }

  private static <T> T await(Future<T> answer) throws Exception {
    try {
      return answer.get();
    } catch (ExecutionException | CompletionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private RuntimeException translated(Exception failure) {
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return new ClickHouseException(
          "Interrupted while waiting for ClickHouse at %s.".formatted(url), failure);
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RefusedChangeException refused) {
        return refused; // An encoder's, which the client wrapped on its way through.
      }
      if (cause instanceof ClickHouseException own) {
        return own;
      }
      if (cause instanceof ServerException refusal) {
        return refusedByServer(refusal);
      }
    }
    return new ClickHouseException(
        "ClickHouse at %s cannot be reached: %s. %s"
            .formatted(
                url,
                rootMessage(failure),
                "Check that the server runs, and that `serverUrl` names its HTTP port"
                    + " (8123, or 8443 with `ssl`) and can be reached from here."),
        failure);
  }

  private ClickHouseException refusedByServer(ServerException refusal) {
    insertSettings = null; // It may be another server by now.
    String advice =
        switch (refusal.getCode()) {
          case UNKNOWN_USER, AUTHENTICATION_FAILED -> " Check `username` and `password`.";
          case ACCESS_DENIED ->
              " Grant it the rights to create, alter, insert and select in its databases.";
          default -> "";
        };
    return new ClickHouseException(
        "ClickHouse at %s refused: %s%s".formatted(url, refusal.getMessage(), advice), refusal);
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String name = root instanceof IOException ? "" : root.getClass().getSimpleName() + ": ";
    return name + root.getMessage();
  }
}
