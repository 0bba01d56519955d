package dev.walcdc.iceberg;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

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

  @UriPath
  @Metadata(required = true)
  private String namespace;

  private final Map<String, TableSink> sinks = new ConcurrentHashMap<>();
  private LakeTables tables;

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

  /** The one sink of a topic; every producer of this endpoint shares it. */
  TableSink sink(String topic) {
    return sinks.computeIfAbsent(topic, name -> new TableSink(name, tables()));
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
  protected void doShutdown() throws Exception {
    ((IcebergComponent) getComponent()).removed(this);
    super.doShutdown();
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
