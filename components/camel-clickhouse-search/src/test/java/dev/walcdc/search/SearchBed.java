package dev.walcdc.search;

import com.clickhouse.client.api.Client;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Erasure;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.clickhouse.ClickHouseClients;
import dev.walcdc.clickhouse.ClickHouseConfiguration;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import dev.walcdc.search.query.SearchAnswer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** A table of a test's own: the sink, the step that embeds after it, and the search. */
final class SearchBed implements AutoCloseable {

  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final EmbeddingModel REAL = new AllMiniLmL6V2QuantizedEmbeddingModel();

  private final TableSchema schema;
  private final DefaultCamelContext camel = new DefaultCamelContext();
  private final ProducerTemplate template = camel.createProducerTemplate();
  private final ClickHouseServer server;
  private final Client client;

  /** How many texts were embedded since the test began. */
  final AtomicInteger embedded = new AtomicInteger();

  /** The next texts that the model fails at, counted down. */
  final AtomicInteger failing = new AtomicInteger();

  private long lsn = 100;

  /** A table with these columns, which has its texts in those of type text. */
  SearchBed(List<String> key, Column... columns) throws Exception {
    this(newSchema(), key, columns);
  }

  private SearchBed(String database, List<String> key, Column... columns) throws Exception {
    this(new TableSchema(database, "goods", List.of(columns), key, 1, 1));
  }

  /** As another process has it: nothing is remembered. */
  SearchBed(TableSchema schema) throws Exception {
    this.schema = schema;
    ConnectionSettings.ClickHouse settings =
        SharedStack.with(Server.CLICKHOUSE).settings().clickHouse();
    ClickHouseConfiguration connection = new ClickHouseConfiguration();
    connection.setServerUrl(settings.url().toString());
    connection.setUsername(settings.user());
    connection.setPassword(settings.password());
    client = ClickHouseClients.create(connection);
    server = new ClickHouseServer(client, ClickHouseClients.endpointOf(connection));
    camel
        .getComponent("clickhouse-search", ClickHouseSearchComponent.class)
        .setEmbeddingModel(new Counting());
    camel.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            String access =
                "serverUrl=%s&username=%s&password=RAW(%s)"
                    .formatted(settings.url(), settings.user(), settings.password());
            from("direct:sink")
                .to("clickhouse:*?" + access)
                .to("clickhouse-search:embed?columns=.*&" + access);
            from("direct:query").to("clickhouse-search:query?" + access);
          }
        });
    camel.start();
  }

  private static String newSchema() {
    return "search" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
  }

  static Column column(String name, String type) {
    return new Column(name, PostgresType.of(type), true, 0);
  }

  TableSchema schema() {
    return schema;
  }

  void apply(TableSchema as, RowChange... changes) {
    send(new ChangeBatch("t", as, List.of(), List.of(changes), new TreeMap<>()));
  }

  void apply(RowChange... changes) {
    apply(schema, changes);
  }

  void truncate() {
    send(
        new ChangeBatch(
            "t", schema, List.of(Erasure.below(version(lsn++))), List.of(), new TreeMap<>()));
  }

  private void send(ChangeBatch batch) {
    try {
      template.sendBody("direct:sink", batch);
    } catch (CamelExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  RowChange create(Object... row) {
    return change(Operation.CREATE, row);
  }

  RowChange update(Object... row) {
    return change(Operation.UPDATE, row);
  }

  RowChange delete(Object... row) {
    return change(Operation.DELETE, row);
  }

  private RowChange change(Operation operation, Object... row) {
    return RowChange.of(new ChangePoint(operation, version(lsn++), 0), row, 0, 0, 0);
  }

  private static Version version(long lsn) {
    return Version.of(1, lsn - 1, lsn);
  }

  SearchAnswer search(String text, String where, int limit) {
    try {
      Map<String, Object> headers = new TreeMap<>();
      headers.put("q", text);
      headers.put("table", schema.qualifiedName());
      headers.put("where", where);
      headers.put("k", limit);
      return template.requestBodyAndHeaders("direct:query", null, headers, SearchAnswer.class);
    } catch (CamelExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Values of a column of what is found, best first. */
  List<String> found(String column, String text, String where) {
    return search(text, where, 10).hits().stream()
        .map(hit -> hit.row().get(column).asText())
        .toList();
  }

  /** The only value of the only row that ClickHouse answers. */
  String ask(String sql) throws IOException {
    return ask(sql, Map.of());
  }

  /** The same with parameters. */
  String ask(String sql, Map<String, String> parameters) throws IOException {
    return new ObjectMapper()
        .readTree(server.ask(sql, parameters, Map.of()))
        .iterator()
        .next()
        .asText();
  }

  /** Name of the table in ClickHouse. */
  String table() {
    return schema.schema() + ".goods";
  }

  @Override
  public void close() {
    camel.stop();
    client.close();
  }

  private final class Counting implements EmbeddingModel {

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
      if (failing.get() > 0 && failing.addAndGet(-texts.size()) <= 0) {
        throw new IllegalStateException("the model fails, as the test wants");
      }
      embedded.addAndGet(texts.size());
      return REAL.embedAll(texts);
    }

    @Override
    public int dimension() {
      return REAL.dimension();
    }

    @Override
    public String modelName() {
      return "counting";
    }
  }
}
