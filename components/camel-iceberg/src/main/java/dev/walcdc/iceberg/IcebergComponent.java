package dev.walcdc.iceberg;

import com.github.luben.zstd.util.Native;
import dev.walcdc.changelog.PositionStore;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;
import org.apache.iceberg.catalog.Catalog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies batches of row changes to the tables of one Iceberg catalog, which all endpoints share.
 * It knows how far each table has come, so it is also what tells the log's consumer where to go on.
 */
@Component("iceberg")
public class IcebergComponent extends DefaultComponent implements PositionStore {

  private static final Logger LOG = LoggerFactory.getLogger(IcebergComponent.class);

  @Metadata(description = "The catalog.")
  private IcebergConfiguration configuration = new IcebergConfiguration();

  @Metadata(
      label = "advanced",
      description = "A catalog that is there already; then no other option is used.")
  private Catalog catalog;

  private final List<IcebergEndpoint> endpoints = new CopyOnWriteArrayList<>();
  private Catalog opened;

  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    if (remaining == null || remaining.isBlank()) {
      throw new IllegalArgumentException(
          "Give a namespace: iceberg:lake, or iceberg:* for one namespace per schema");
    }
    IcebergEndpoint endpoint = new IcebergEndpoint(uri, this);
    endpoint.setNamespace(remaining);
    setProperties(endpoint, parameters);
    endpoints.add(endpoint);
    return endpoint;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where several endpoints of this component write the topic, each to a table of its own, it is
   * the offset that the slowest of them needs.
   */
  @Override
  public Map<Integer, Long> nextOffsets(String topic, Set<Integer> partitions) {
    Map<Integer, Long> slowest = null;
    for (IcebergEndpoint endpoint : endpoints) {
      Map<Integer, Long> offsets = endpoint.sink(topic).takeOver();
      if (slowest == null) {
        slowest = new HashMap<>(offsets);
      } else {
        slowest.keySet().retainAll(offsets.keySet());
        slowest.replaceAll((partition, offset) -> Math.min(offset, offsets.get(partition)));
      }
    }
    if (slowest == null) {
      throw new IllegalStateException(
          "No endpoint of the iceberg component is there yet, so nothing is known of topic "
              + topic);
    }
    slowest.keySet().retainAll(partitions);
    return slowest;
  }

  @Override
  public void released(String topic) {
    endpoints.forEach(endpoint -> endpoint.release(topic));
  }

  /**
   * The catalog, opened at first use: while it cannot be reached, batches fail and wait, but the
   * application starts.
   */
  synchronized Catalog openCatalog() {
    if (catalog != null) {
      return catalog;
    }
    if (opened == null) {
      opened = configuration.openCatalog();
    }
    return opened;
  }

  void removed(IcebergEndpoint endpoint) {
    endpoints.remove(endpoint);
  }

  /**
   * Parquet's compression unpacks its native part into the temporary folder at first use; where
   * that fails, no later try of this process succeeds, also once the folder has room again. So a
   * process that has no room for it does not start.
   */
  @Override
  protected void doStart() throws Exception {
    super.doStart();
    Native.load();
  }

  @Override
  protected void doShutdown() throws Exception {
    endpoints.clear();
    synchronized (this) {
      if (opened instanceof Closeable closeable) {
        try {
          closeable.close();
        } catch (IOException e) {
          LOG.debug("The catalog could not be closed", e);
        }
      }
      opened = null;
    }
    super.doShutdown();
  }

  public IcebergConfiguration getConfiguration() {
    return configuration;
  }

  /** The catalog. */
  public void setConfiguration(IcebergConfiguration configuration) {
    this.configuration = configuration;
  }

  public Catalog getCatalog() {
    return catalog;
  }

  /** A catalog that is there already; then no other option is used. */
  public void setCatalog(Catalog catalog) {
    this.catalog = catalog;
  }
}
