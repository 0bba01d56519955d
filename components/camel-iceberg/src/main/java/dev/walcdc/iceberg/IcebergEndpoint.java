package dev.walcdc.iceberg;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.WideColumns;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apply batches of row changes to Apache Iceberg tables, the position of the log in the commit of
 * the data.
 */
@UriEndpoint(
    firstVersion = "0.1.0",
    scheme = "iceberg",
    title = "Iceberg",
    syntax = "iceberg:namespace",
    producerOnly = true,
    category = {Category.BIGDATA, Category.DATABASE})
public class IcebergEndpoint extends DefaultEndpoint {

  private static final Logger LOG = LoggerFactory.getLogger(IcebergEndpoint.class);

  private static final int LOOKS_PER_INTERVAL = 10;

  @UriPath
  @Metadata(required = true)
  private String namespace;

  @UriParam(defaultValue = "10m", javaType = "java.time.Duration")
  private long positionInterval = Duration.ofMinutes(10).toMillis();

  @UriParam private String wideColumns;

  private WideColumns wide = WideColumns.NONE;

  private final Map<String, TopicSink> sinks = new ConcurrentHashMap<>();
  private LakeTables tables;
  private ScheduledExecutorService positions;

  public IcebergEndpoint(String uri, IcebergComponent component) {
    super(uri, component);
  }

  @Override
  public Producer createProducer() {
    return new IcebergProducer(this);
  }

  @Override
  public Consumer createConsumer(Processor processor) {
    throw new UnsupportedOperationException("The iceberg component only writes");
  }

  /** The batch with the columns as text that are kept as text. */
  ChangeBatch asKept(ChangeBatch batch) {
    return wide.asText(batch);
  }

  /** The one sink of a topic; every producer of this endpoint shares it. */
  TopicSink sink(String topic) {
    return sinks.computeIfAbsent(topic, name -> new TopicSink(name, tables()));
  }

  /** The topic is no longer read for this endpoint. */
  void release(String topic) {
    TopicSink sink = sinks.get(topic);
    if (sink != null) {
      sink.release();
    }
  }

  private void commitPositions() {
    sinks.forEach(
        (topic, sink) -> {
          try {
            sink.commitPosition(Duration.ofMillis(positionInterval));
          } catch (RuntimeException e) {
            LOG.warn("The position of topic {} was not committed, trying again later", topic, e);
          }
        });
  }

  private synchronized LakeTables tables() {
    if (tables == null) {
      IcebergComponent component = (IcebergComponent) getComponent();
      tables =
          new LakeTables(
              component.openCatalog(),
              component.getConfiguration().toCatalogProperties(),
              namespace);
    }
    return tables;
  }

  @Override
  protected void doInit() throws Exception {
    super.doInit();
    if (positionInterval <= 0) {
      throw new IllegalArgumentException(
          "positionInterval=%d of `%s` is no time to wait; give one above 0, such as 10m"
              .formatted(positionInterval, getEndpointUri()));
    }
    wide = WideColumns.of(wideColumns);
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    positions =
        getCamelContext()
            .getExecutorServiceManager()
            .newSingleThreadScheduledExecutor(this, "iceberg-positions");
    long period = Math.max(1, positionInterval / LOOKS_PER_INTERVAL);
    Future<?> unused =
        positions.scheduleWithFixedDelay(
            this::commitPositions, period, period, TimeUnit.MILLISECONDS);
  }

  @Override
  protected void doStop() throws Exception {
    if (positions != null) {
      getCamelContext().getExecutorServiceManager().shutdownNow(positions);
      positions = null;
    }
    super.doStop();
  }

  @Override
  protected void doShutdown() throws Exception {
    ((IcebergComponent) getComponent()).removed(this);
    super.doShutdown();
  }

  public long getPositionInterval() {
    return positionInterval;
  }

  /**
   * How long records without an effect on the table (tombstones, what is repeated) may move the
   * position before it is committed alone, in a snapshot without files. To be well below the log's
   * retention: the log cannot be read on where it no longer reaches back to the stored position.
   */
  public void setPositionInterval(long positionInterval) {
    this.positionInterval = positionInterval;
  }

  public String getWideColumns() {
    return wideColumns;
  }

  /**
   * Columns of type date, timestamp, timestamptz and numeric to keep as text, exactly as PostgreSQL
   * prints them: those whose values Iceberg's types do not hold (infinity, NaN), or a reader's
   * (most end at year 9999). Regular expressions that match schema.table.column as a whole, comma
   * between.
   */
  public void setWideColumns(String wideColumns) {
    this.wideColumns = wideColumns;
  }

  public String getNamespace() {
    return namespace;
  }

  /**
   * Namespace of the tables, with dots between its levels; or * for one namespace per schema of the
   * source, so that app.users becomes table users in namespace app.
   */
  public void setNamespace(String namespace) {
    this.namespace = namespace;
  }
}
