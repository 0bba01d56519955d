package dev.walcdc.search;

import com.clickhouse.client.api.Client;
import dev.walcdc.change.WideColumns;
import dev.walcdc.clickhouse.ClickHouseClients;
import dev.walcdc.clickhouse.ClickHouseConfiguration;
import dev.walcdc.clickhouse.ClickHouseConstants;
import dev.walcdc.clickhouse.ClickHouseServer;
import dev.walcdc.search.embed.EmbeddedColumns;
import dev.walcdc.search.embed.TextEmbedder;
import dev.walcdc.search.query.Searcher;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.EndpointServiceLocation;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/** Make tables in ClickHouse searchable by meaning, and search them. */
@UriEndpoint(
    firstVersion = "0.1.0",
    scheme = "clickhouse-search",
    title = "ClickHouse Search",
    syntax = "clickhouse-search:operation",
    producerOnly = true,
    category = {Category.DATABASE, Category.AI, Category.SEARCH},
    headersClass = ClickHouseSearchConstants.class)
public class ClickHouseSearchEndpoint extends DefaultEndpoint implements EndpointServiceLocation {

  @UriPath(
      description =
          "embed gives the texts in a batch of changes their vectors, query answers a question.")
  @Metadata(required = true)
  private SearchOperation operation;

  @UriParam(description = "URL of the server's HTTP interface, e.g. http://localhost:8123.")
  @Metadata(required = true)
  private String serverUrl;

  @UriParam(label = "security", defaultValue = "default", description = "User to authenticate as.")
  private String username = "default";

  @UriParam(label = "security", secret = true, description = "The user's password.")
  private String password = "";

  @UriParam(
      defaultValue = ClickHouseConstants.DATABASE_PER_SCHEMA,
      description =
          "Where the tables are that are embedded: a database, or an asterisk for one database per"
              + " PostgreSQL schema. As in the clickhouse endpoint that writes them.")
  private String database = ClickHouseConstants.DATABASE_PER_SCHEMA;

  @UriParam(
      description =
          "Columns whose texts are embedded: regular expressions that match schema.table.column as"
              + " a whole, comma between. Those of other types than text are left out.")
  private String columns;

  @UriParam(
      description =
          "Columns that are kept as text, as in the clickhouse endpoint that writes them; keys are"
              + " written alike.")
  private String wideColumns;

  private Client client;
  private TextEmbedder embedder;
  private Searcher searcher;

  /** Made by the component. */
  public ClickHouseSearchEndpoint(String uri, ClickHouseSearchComponent component) {
    super(uri, component);
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    ClickHouseConfiguration connection = new ClickHouseConfiguration();
    connection.setServerUrl(serverUrl);
    connection.setUsername(username);
    connection.setPassword(password);
    String url = ClickHouseClients.endpointOf(connection);
    client = ClickHouseClients.create(connection);
    ClickHouseServer server = new ClickHouseServer(client, url);
    TextModel model = ((ClickHouseSearchComponent) getComponent()).model();
    if (operation == SearchOperation.embed) {
      embedder =
          new TextEmbedder(
              server, database, EmbeddedColumns.of(columns), WideColumns.of(wideColumns), model);
    } else {
      searcher = new Searcher(server, model);
    }
  }

  @Override
  protected void doStop() throws Exception {
    if (client != null) {
      client.close();
      client = null;
    }
    super.doStop();
  }

  @Override
  public Producer createProducer() {
    return operation == SearchOperation.embed ? new EmbedProducer(this) : new QueryProducer(this);
  }

  @Override
  public Consumer createConsumer(Processor processor) {
    throw new UnsupportedOperationException(
        "A clickhouse-search endpoint takes changes and questions (`to`); it has none to give"
            + " (`from`)");
  }

  TextEmbedder embedder() {
    return embedder;
  }

  Searcher searcher() {
    return searcher;
  }

  @Override
  public String getServiceUrl() {
    return serverUrl; // Refused at start if it carries credentials.
  }

  @Override
  public String getServiceProtocol() {
    return "http";
  }

  public SearchOperation getOperation() {
    return operation;
  }

  /** See the option of this name. */
  public void setOperation(SearchOperation operation) {
    this.operation = operation;
  }

  public String getServerUrl() {
    return serverUrl;
  }

  /** See the option of this name. */
  public void setServerUrl(String serverUrl) {
    this.serverUrl = serverUrl;
  }

  public String getUsername() {
    return username;
  }

  /** See the option of this name. */
  public void setUsername(String username) {
    this.username = username;
  }

  public String getPassword() {
    return password;
  }

  /** See the option of this name. */
  public void setPassword(String password) {
    this.password = password;
  }

  public String getDatabase() {
    return database;
  }

  /** See the option of this name. */
  public void setDatabase(String database) {
    this.database = database;
  }

  public String getColumns() {
    return columns;
  }

  /** See the option of this name. */
  public void setColumns(String columns) {
    this.columns = columns;
  }

  public String getWideColumns() {
    return wideColumns;
  }

  /** See the option of this name. */
  public void setWideColumns(String wideColumns) {
    this.wideColumns = wideColumns;
  }
}
