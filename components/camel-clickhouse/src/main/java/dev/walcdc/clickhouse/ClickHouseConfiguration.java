package dev.walcdc.clickhouse;

import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

/** Options of the endpoint. Those that the upstream component has too are named as there. */
@UriParams
public class ClickHouseConfiguration implements Cloneable {

  /** Rows of one request by default: about where larger blocks gain nothing more. */
  static final int DEFAULT_BATCH_SIZE = 250_000;

  private static final long DEFAULT_REQUEST_TIMEOUT_MILLIS = 300_000;

  @UriParam(
      description =
          "URL of the server's HTTP interface, e.g. http://localhost:8123. Required unless a shared"
              + " client is set on the component.")
  private String serverUrl;

  @UriParam(label = "security", defaultValue = "default", description = "User to authenticate as.")
  private String username = "default";

  @UriParam(label = "security", secret = true, description = "The user's password.")
  private String password = "";

  @UriParam(
      label = "security",
      description = "Whether to connect over HTTPS. A serverUrl that begins with https implies it.")
  private boolean ssl;

  @UriParam(
      defaultValue = "true",
      description =
          "Whether to compress with LZ4 what is sent. Upstream's default is false; row changes"
              + " shrink to a fraction.")
  private boolean compression = true;

  @UriParam(
      defaultValue = "" + DEFAULT_BATCH_SIZE,
      description =
          "Rows of one INSERT at most. A larger batch becomes several, each of them visible as a"
              + " whole.")
  private int batchSize = DEFAULT_BATCH_SIZE;

  @UriParam(
      label = "advanced",
      defaultValue = "" + DEFAULT_REQUEST_TIMEOUT_MILLIS,
      javaType = "java.time.Duration",
      description =
          "How long to wait for an answer before the batch counts as failed. Not too short: the"
              + " TRUNCATE of a large table takes its time.")
  private long requestTimeout = DEFAULT_REQUEST_TIMEOUT_MILLIS;

  @UriParam(
      description =
          "Columns of type date, timestamp, timestamptz and numeric to keep as text, exactly as"
              + " PostgreSQL prints them: those whose values ClickHouse's types do not hold"
              + " (infinity, years before 1900 or after 2299, NaN). Regular expressions that match"
              + " schema.table.column as a whole, comma between.")
  private String wideColumns;

  /** A copy of this configuration, for an endpoint to change. */
  public ClickHouseConfiguration copy() {
    try {
      return (ClickHouseConfiguration) clone();
    } catch (CloneNotSupportedException e) {
      throw new RuntimeCamelException(e);
    }
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

  public boolean isSsl() {
    return ssl;
  }

  /** See the option of this name. */
  public void setSsl(boolean ssl) {
    this.ssl = ssl;
  }

  public boolean isCompression() {
    return compression;
  }

  /** See the option of this name. */
  public void setCompression(boolean compression) {
    this.compression = compression;
  }

  public int getBatchSize() {
    return batchSize;
  }

  /** See the option of this name. */
  public void setBatchSize(int batchSize) {
    requirePositive("batchSize", batchSize);
    this.batchSize = batchSize;
  }

  public String getWideColumns() {
    return wideColumns;
  }

  /** See the option of this name. */
  public void setWideColumns(String wideColumns) {
    this.wideColumns = wideColumns;
  }

  public long getRequestTimeout() {
    return requestTimeout;
  }

  /** See the option of this name. */
  public void setRequestTimeout(long requestTimeout) {
    requirePositive("requestTimeout", requestTimeout);
    this.requestTimeout = requestTimeout;
  }

  private static void requirePositive(String option, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(
          "Option `%s` is %d, and must be above 0".formatted(option, value));
    }
  }
}
