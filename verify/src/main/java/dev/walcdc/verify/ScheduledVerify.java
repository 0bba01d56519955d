package dev.walcdc.verify;

import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.iceberg.IcebergComponent;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.CamelContextStoppingEvent;
import org.apache.camel.support.EventNotifierSupport;
import org.apache.iceberg.catalog.Catalog;

/**
 * What the route {@code verify} calls: compares all published tables exactly, and makes rows of
 * what it finds, one a table. Where the context has a {@link MeterRegistry}, gauges tell the last
 * result. The catalog of the lake is that of the context's {@code iceberg} component. For one
 * thread.
 */
public final class ScheduledVerify implements CamelContextAware {

  private CamelContext camelContext;
  private String hostname;
  private int port;
  private String database;
  private String user;
  private String password;
  private String publication;
  private String brokers;
  private String topicPrefix;
  private String connector;
  private String tables = ".*";
  private String clickHouseUrl;
  private String clickHouseUser;
  private String clickHousePassword;
  private long timeout = 300_000;
  private VerifyGauges gauges;
  private volatile Thread running;

  /**
   * Compares now. Ends early if the context stops: nothing is lost by it.
   *
   * @throws VerifyException if it could not be done; no row tells of it
   */
  public void run() throws IOException {
    Catalog catalog =
        camelContext
            .getComponent("iceberg", IcebergComponent.class)
            .getConfiguration()
            .openCatalog();
    running = Thread.currentThread();
    try (Closeable closing = catalog instanceof Closeable open ? open : () -> {}) {
      Instant at = Instant.now();
      VerifyReport report = verify(catalog);
      tell(report);
      new VerifyTable(clickHouse()).write(at, report);
    } finally {
      running = null;
    }
  }

  /** A stop would wait for the comparison. */
  private final class Stop extends EventNotifierSupport {

    @Override
    public void notify(CamelEvent event) {
      Thread thread = running;
      if (event instanceof CamelContextStoppingEvent && thread != null) {
        thread.interrupt();
      }
    }
  }

  private VerifyReport verify(Catalog catalog) {
    KafkaConnection connection = KafkaConnection.plaintext(brokers);
    Verifier verifier =
        new Verifier(
            new SourceConnection(hostname, port, database, user, password),
            clickHouse(),
            IcebergAccess.perSchema(catalog),
            new QuarantineAccess(connection, topicPrefix));
    List<TableName> published =
        verifier.publishedTables(
            publication, OwnTables.STANDARD, Pattern.compile(tables.replaceAll("\\s*,\\s*", "|")));
    return verifier.verifyExactly(
        published, new LogAccess(connection, topicPrefix, connector), Duration.ofMillis(timeout));
  }

  private void tell(VerifyReport report) {
    MeterRegistry registry = camelContext.getRegistry().findSingleByType(MeterRegistry.class);
    if (registry != null) {
      gauges = gauges == null ? new VerifyGauges(registry) : gauges;
      gauges.tell(report);
    }
  }

  private ClickHouseAccess clickHouse() {
    return ClickHouseAccess.perSchema(
        URI.create(clickHouseUrl), clickHouseUser, clickHousePassword);
  }

  @Override
  public CamelContext getCamelContext() {
    return camelContext;
  }

  @Override
  public void setCamelContext(CamelContext context) {
    this.camelContext = context;
    context.getManagementStrategy().addEventNotifier(new Stop());
  }

  /** Host of PostgreSQL. */
  public void setHostname(String hostname) {
    this.hostname = hostname;
  }

  /** Port of PostgreSQL. */
  public void setPort(int port) {
    this.port = port;
  }

  /** The captured database. */
  public void setDatabase(String database) {
    this.database = database;
  }

  /** A role with SELECT on the tables. */
  public void setUser(String user) {
    this.user = user;
  }

  /** Its password, a secret; empty for none. */
  public void setPassword(String password) {
    this.password = password == null || password.isEmpty() ? null : password;
  }

  /** The publication that capture reads. */
  public void setPublication(String publication) {
    this.publication = publication;
  }

  /** Brokers of the log. */
  public void setBrokers(String brokers) {
    this.brokers = brokers;
  }

  /** First part of the topics' names. */
  public void setTopicPrefix(String topicPrefix) {
    this.topicPrefix = topicPrefix;
  }

  /** Name of the connector that captures. */
  public void setConnector(String connector) {
    this.connector = connector;
  }

  /** Which tables: regular expressions of {@code schema.table}, comma between. */
  public void setTables(String tables) {
    this.tables = tables;
  }

  /** Base of ClickHouse's HTTP interface. */
  public void setClickHouseUrl(String clickHouseUrl) {
    this.clickHouseUrl = clickHouseUrl;
  }

  /** A user with SELECT on the tables. */
  public void setClickHouseUser(String clickHouseUser) {
    this.clickHouseUser = clickHouseUser;
  }

  /** Its password, a secret; empty for none. */
  public void setClickHousePassword(String clickHousePassword) {
    this.clickHousePassword = clickHousePassword;
  }

  /** Milliseconds that capture and the sinks may take, for each table, to come to its moment. */
  public void setTimeout(long timeout) {
    this.timeout = timeout;
  }
}
