package dev.walcdc.clickhouse;

import com.clickhouse.client.api.Client;
import dev.walcdc.change.WideColumns;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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

/**
 * Apply batches of row changes to ClickHouse tables, which are made and changed as their source is.
 */
@UriEndpoint(
    firstVersion = "0.1.0",
    scheme = "clickhouse",
    title = "ClickHouse",
    syntax = "clickhouse:database",
    producerOnly = true,
    category = {Category.DATABASE, Category.BIGDATA},
    headersClass = ClickHouseConstants.class)
public class ClickHouseEndpoint extends DefaultEndpoint implements EndpointServiceLocation {

  private static final long FLUSH_INTERVAL_MILLIS = 1_000;

  @UriPath(
      description =
          "The database that takes the tables, or an asterisk for one database per PostgreSQL"
              + " schema, named as the schema.")
  @Metadata(required = true)
  private String database;

  @UriParam private ClickHouseConfiguration configuration;

  private Client ownClient;
  private ScheduledExecutorService flusher;
  private AppliedPositions positions;
  private ChangeSink sink;

  /** Made by the component. */
  public ClickHouseEndpoint(
      String uri,
      ClickHouseComponent component,
      String database,
      ClickHouseConfiguration configuration) {
    super(uri, component);
    this.database = database;
    this.configuration = configuration;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // It never ends, and flush() logs its failures.
  protected void doStart() throws Exception {
    super.doStart();
    Client shared = ((ClickHouseComponent) getComponent()).getClient();
    ownClient = shared == null ? ClickHouseClients.create(configuration) : null;
    String url =
        shared == null
            ? ClickHouseClients.endpointOf(configuration)
            : ClickHouseClients.endpointsOf(shared);
    ClickHouseServer server = new ClickHouseServer(shared == null ? ownClient : shared, url);
    positions = new AppliedPositions(server);
    sink =
        new ChangeSink(
            server,
            database,
            configuration.getBatchSize(),
            WideColumns.of(configuration.getWideColumns()),
            positions);
    flusher =
        getCamelContext()
            .getExecutorServiceManager()
            .newSingleThreadScheduledExecutor(this, "clickhouse-applied");
    flusher.scheduleWithFixedDelay(
        positions::flush, FLUSH_INTERVAL_MILLIS, FLUSH_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  protected void doStop() throws Exception {
    if (flusher != null) {
      getCamelContext().getExecutorServiceManager().shutdownGraceful(flusher);
      flusher = null;
      positions.flush();
    }
    if (ownClient != null) {
      ownClient.close();
      ownClient = null;
    }
    super.doStop();
  }

  @Override
  public Producer createProducer() {
    return new ClickHouseProducer(this);
  }

  @Override
  public Consumer createConsumer(Processor processor) {
    throw new UnsupportedOperationException(
        "A clickhouse endpoint takes changes (`to`); it has none to give (`from`)");
  }

  ChangeSink sink() {
    return sink;
  }

  @Override
  public String getServiceUrl() {
    return configuration.getServerUrl(); // Refused at start if it carries credentials.
  }

  @Override
  public String getServiceProtocol() {
    return "http";
  }

  public String getDatabase() {
    return database;
  }

  /** See the option of this name. */
  public void setDatabase(String database) {
    this.database = database;
  }

  public ClickHouseConfiguration getConfiguration() {
    return configuration;
  }

  /** See the option of this name. */
  public void setConfiguration(ClickHouseConfiguration configuration) {
    this.configuration = configuration;
  }
}
