package dev.walcdc.changelog;

import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;
import org.apache.camel.spi.UriPath;

/** Options of the change-log consumer. Names are camel-kafka's wherever it has the same thing. */
@UriParams
public class ChangeLogConfiguration implements Cloneable {

  @UriPath
  @Metadata(
      required = true,
      description =
          "First part of the topics' names; every topic <prefix>.<schema>.<table> is read, those that appear later too.")
  private String topicPrefix;

  @UriParam(
      defaultValue = ".*",
      description =
          "Which tables are read: regular expressions, comma between, that match schema.table as a whole.")
  private String tableIncludeList = ".*";

  @UriParam(description = "Brokers to start from, host1:port1,host2:port2.")
  @Metadata(required = true)
  private String brokers;

  @UriParam(description = "Consumer group: readers with the same one share the tables.")
  @Metadata(required = true)
  private String groupId;

  @UriParam(
      description =
          "Name of this reader among those of its group, the same after every restart. A reader that comes back under its name takes its place at once, also after a kill; without one its tables wait until sessionTimeoutMs is over.")
  private String groupInstanceId = "";

  @UriParam(
      defaultValue = "10000",
      description =
          "Milliseconds after which a reader that gives no sign of life loses its tables to the others.")
  private int sessionTimeoutMs = 10_000;

  @UriParam(
      description =
          "Topic that holds the schemas which records name in their header; by default the prefix with .schemas.")
  private String schemasTopic;

  @UriParam(
      description =
          "Name of the component that stores the position beside its data (iceberg). Without it the position is the consumer group's committed offset.")
  private String positionStore;

  @UriParam(
      defaultValue = "250",
      javaType = "java.time.Duration",
      description = "How long the first record of a batch waits for others at most.")
  private long batchInterval = 250;

  @UriParam(defaultValue = "100000", description = "A batch this large goes without waiting.")
  private int batchRecords = 100_000;

  @UriParam(
      defaultValue = "33554432",
      description = "A batch of this many bytes goes without waiting.")
  private long batchBytes = 32L << 20;

  @UriParam(
      defaultValue = "134217728",
      description = "Bytes of all tables that wait in memory at most; beyond it the reader pauses.")
  private long bufferBytes = 128L << 20;

  @UriParam(
      defaultValue = "2",
      description =
          "How many tables are applied at the same time. A table is never applied twice at once.")
  private int concurrentTables = 2;

  @UriParam(
      defaultValue = "1000",
      javaType = "java.time.Duration",
      description = "Pause before a batch that failed is tried again; doubles up to backOffMax.")
  private long backOff = 1_000;

  @UriParam(
      defaultValue = "30000",
      javaType = "java.time.Duration",
      description = "Longest pause before a batch that failed is tried again.")
  private long backOffMax = 30_000;

  @UriParam(
      defaultValue = "20000",
      javaType = "java.time.Duration",
      description =
          "How long a batch in flight may take to finish when its partition goes to another reader or the route stops.")
  private long revokeTimeout = 20_000;

  @UriParam(
      label = "quarantine",
      description =
          "Topic of the records that the sink refuses; by default the prefix with .quarantine. It is made when it is missing.")
  private String quarantineTopic;

  @UriParam(
      label = "quarantine",
      defaultValue = "1000",
      description =
          "How many records of a table may go to quarantine within a minute. With more, the table waits; with 0 it waits for each.")
  private int quarantineLimit = 1_000;

  @UriParam(
      label = "quarantine",
      defaultValue = "604800000",
      javaType = "java.time.Duration",
      description =
          "How long a letter is kept on its topic after it was superseded, replayed or dropped.")
  private long quarantineRetention = 604_800_000;

  @UriParam(
      label = "quarantine",
      defaultValue = "300000",
      javaType = "java.time.Duration",
      description =
          "How long records wait for a schema that the schemas topic does not hold, before they go to quarantine.")
  private long schemaTimeout = 300_000;

  @UriParam(
      label = "security",
      defaultValue = "PLAINTEXT",
      description = "Protocol to the brokers: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.")
  private String securityProtocol = "PLAINTEXT";

  @UriParam(label = "security", description = "SASL mechanism, e.g. SCRAM-SHA-512.")
  private String saslMechanism;

  @UriParam(
      label = "security",
      secret = true,
      description = "JAAS configuration of the SASL login.")
  private String saslJaasConfig;

  @UriParam(
      label = "advanced",
      prefix = "additionalProperties.",
      multiValue = true,
      description = "Further properties of the Kafka consumer, as Kafka names them.")
  private Map<String, Object> additionalProperties;

  /** A copy for one endpoint. */
  public ChangeLogConfiguration copy() {
    try {
      return (ChangeLogConfiguration) clone();
    } catch (CloneNotSupportedException e) {
      throw new RuntimeCamelException(e);
    }
  }

  /** Matches the topics that hold the tables to read. */
  Pattern topics() {
    String tables = tableIncludeList.strip().replaceAll("\\s*,\\s*", "|");
    return Pattern.compile(
        "(?!%s$)(?!%s$)%s(?=.+\\..+)(?:%s)"
            .formatted(
                Pattern.quote(getSchemasTopic()),
                Pattern.quote(getQuarantineTopic()),
                Pattern.quote(topicPrefix + "."),
                tables));
  }

  /** How clients of this configuration reach the brokers. */
  KafkaConnection connection() {
    return new KafkaConnection(brokers, securityProtocol, saslMechanism, saslJaasConfig);
  }

  public String getTopicPrefix() {
    return topicPrefix;
  }

  public void setTopicPrefix(String topicPrefix) {
    this.topicPrefix = topicPrefix;
  }

  public String getTableIncludeList() {
    return tableIncludeList;
  }

  public void setTableIncludeList(String tableIncludeList) {
    this.tableIncludeList = tableIncludeList;
  }

  public String getBrokers() {
    return brokers;
  }

  public void setBrokers(String brokers) {
    this.brokers = brokers;
  }

  public String getGroupId() {
    return groupId;
  }

  public void setGroupId(String groupId) {
    this.groupId = groupId;
  }

  public String getGroupInstanceId() {
    return groupInstanceId;
  }

  public void setGroupInstanceId(String groupInstanceId) {
    this.groupInstanceId = groupInstanceId;
  }

  public int getSessionTimeoutMs() {
    return sessionTimeoutMs;
  }

  public void setSessionTimeoutMs(int sessionTimeoutMs) {
    this.sessionTimeoutMs = sessionTimeoutMs;
  }

  public String getSchemasTopic() {
    return schemasTopic != null ? schemasTopic : topicPrefix + ".schemas";
  }

  public void setSchemasTopic(String schemasTopic) {
    this.schemasTopic = schemasTopic;
  }

  public String getPositionStore() {
    return positionStore;
  }

  public void setPositionStore(String positionStore) {
    this.positionStore = positionStore;
  }

  public long getBatchInterval() {
    return batchInterval;
  }

  public void setBatchInterval(long batchInterval) {
    this.batchInterval = batchInterval;
  }

  public int getBatchRecords() {
    return batchRecords;
  }

  public void setBatchRecords(int batchRecords) {
    this.batchRecords = batchRecords;
  }

  public long getBatchBytes() {
    return batchBytes;
  }

  public void setBatchBytes(long batchBytes) {
    this.batchBytes = batchBytes;
  }

  public long getBufferBytes() {
    return bufferBytes;
  }

  public void setBufferBytes(long bufferBytes) {
    this.bufferBytes = bufferBytes;
  }

  public int getConcurrentTables() {
    return concurrentTables;
  }

  public void setConcurrentTables(int concurrentTables) {
    this.concurrentTables = concurrentTables;
  }

  public long getBackOff() {
    return backOff;
  }

  public void setBackOff(long backOff) {
    this.backOff = backOff;
  }

  public long getBackOffMax() {
    return backOffMax;
  }

  public void setBackOffMax(long backOffMax) {
    this.backOffMax = backOffMax;
  }

  public long getRevokeTimeout() {
    return revokeTimeout;
  }

  public void setRevokeTimeout(long revokeTimeout) {
    this.revokeTimeout = revokeTimeout;
  }

  public String getQuarantineTopic() {
    return quarantineTopic != null ? quarantineTopic : topicPrefix + ".quarantine";
  }

  public void setQuarantineTopic(String quarantineTopic) {
    this.quarantineTopic = quarantineTopic;
  }

  public int getQuarantineLimit() {
    return quarantineLimit;
  }

  public void setQuarantineLimit(int quarantineLimit) {
    this.quarantineLimit = quarantineLimit;
  }

  public long getQuarantineRetention() {
    return quarantineRetention;
  }

  public void setQuarantineRetention(long quarantineRetention) {
    this.quarantineRetention = quarantineRetention;
  }

  public long getSchemaTimeout() {
    return schemaTimeout;
  }

  public void setSchemaTimeout(long schemaTimeout) {
    this.schemaTimeout = schemaTimeout;
  }

  public String getSecurityProtocol() {
    return securityProtocol;
  }

  public void setSecurityProtocol(String securityProtocol) {
    this.securityProtocol = securityProtocol;
  }

  public String getSaslMechanism() {
    return saslMechanism;
  }

  public void setSaslMechanism(String saslMechanism) {
    this.saslMechanism = saslMechanism;
  }

  public String getSaslJaasConfig() {
    return saslJaasConfig;
  }

  public void setSaslJaasConfig(String saslJaasConfig) {
    this.saslJaasConfig = saslJaasConfig;
  }

  public Map<String, Object> getAdditionalProperties() {
    return additionalProperties;
  }

  public void setAdditionalProperties(Map<String, Object> additionalProperties) {
    this.additionalProperties = additionalProperties;
  }
}
