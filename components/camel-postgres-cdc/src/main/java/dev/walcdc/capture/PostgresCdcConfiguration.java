package dev.walcdc.capture;

import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.changelog.KafkaConnection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;
import org.apache.camel.spi.UriPath;

/**
 * Options of capture. Names are camel-debezium-postgres's wherever it has the same thing, and
 * camel-kafka's for the brokers.
 */
@UriParams
public class PostgresCdcConfiguration implements Cloneable {

  @UriPath
  @Metadata(
      required = true,
      description = "Name of the connector: its state on the positions topic is kept under it.")
  private String name;

  @UriParam(enums = "debezium", defaultValue = "debezium", description = "Who reads the WAL.")
  private String engine = "debezium";

  @UriParam(defaultValue = "localhost", description = "Host of the source database.")
  private String databaseHostname = "localhost";

  @UriParam(defaultValue = "5432", description = "Port of the source database.")
  private int databasePort = 5432;

  @UriParam(description = "Role that captures: it needs REPLICATION, and SELECT on the tables.")
  @Metadata(required = true)
  private String databaseUser;

  @UriParam(label = "security", secret = true, description = "Password of the role.")
  private String databasePassword;

  @UriParam(description = "Name of the source database.")
  @Metadata(required = true)
  private String databaseDbname;

  @UriParam(description = "First part of every topic's name.")
  @Metadata(required = true)
  private String topicPrefix;

  @UriParam(defaultValue = "walcdc", description = "Replication slot; made at the first start.")
  private String slotName = "walcdc";

  @UriParam(
      defaultValue = "walcdc",
      description = "Publication whose tables are captured; must exist.")
  private String publicationName = "walcdc";

  @UriParam(
      defaultValue = ".*",
      description =
          "Which of the publication's tables are captured: regular expressions, comma between, that match schema.table as a whole.")
  private String tableIncludeList = ".*";

  @UriParam(
      defaultValue = "walcdc.heartbeat",
      description =
          "Table, in the publication, that capture writes a row to at every heartbeat, so that the slot advances in a quiet database. Not used if it is missing or may not be written.")
  private String heartbeatTable = "walcdc.heartbeat";

  @UriParam(
      defaultValue = "walcdc.signal",
      description =
          "Table, in the publication, that takes requests for a resync and the marks that capture sets for it. Without it nothing can be read again while changes go on.")
  private String signalTable = "walcdc.signal";

  @UriParam(
      defaultValue = "1000",
      javaType = "java.time.Duration",
      description = "Time between heartbeats.")
  private long heartbeatInterval = 1_000;

  @UriParam(defaultValue = "8192", description = "Records in a batch at most.")
  private int maxBatchSize = 8_192;

  @UriParam(defaultValue = "32768", description = "Records that wait in the engine at most.")
  private int maxQueueSize = 32_768;

  @UriParam(defaultValue = "67108864", description = "Bytes that wait in the engine at most.")
  private long maxQueueSizeInBytes = 64L << 20;

  @UriParam(
      defaultValue = "10",
      javaType = "java.time.Duration",
      description = "Pause of the engine when nothing came.")
  private long pollInterval = 10;

  @UriParam(defaultValue = "10240", description = "Rows that the snapshot fetches at once.")
  private int snapshotFetchSize = 10_240;

  @UriParam(defaultValue = "4096", description = "Rows that a resync reads at once, at most.")
  private int resyncChunkRows = 4_096;

  @UriParam(
      defaultValue = "16777216",
      description = "Characters of rows that a resync reads at once, roughly.")
  private long resyncChunkBytes = 16L << 20;

  @UriParam(
      defaultValue = "10000",
      javaType = "java.time.Duration",
      description =
          "How often capture looks for tables that joined the publication; such a table is read by a resync.")
  private long tableInterval = 10_000;

  @UriParam(
      defaultValue = "1000",
      javaType = "java.time.Duration",
      description = "How often the position is written and the source confirmed, at most.")
  private long positionInterval = 1_000;

  @UriParam(description = "Topic of the schemas; by default the prefix with .schemas.")
  private String schemasTopic;

  @UriParam(description = "Topic of the positions; by default the prefix with .positions.")
  private String positionsTopic;

  @UriParam(defaultValue = "1", description = "Partitions of a table's topic when it is made.")
  private int topicPartitions = 1;

  @UriParam(
      defaultValue = "604800000",
      javaType = "java.time.Duration",
      description = "How long a table's topic keeps changes when it is made; -1 for ever.")
  private long topicRetention = 604_800_000;

  @UriParam(
      defaultValue = "16000000",
      description =
          "Largest record, key and value together, in bytes. A table's topic is made to take it; of one that takes less, that counts. The producer's maxRequestSize must be somewhat larger. Of a larger record long values are left out, and the sinks put it into quarantine.")
  private int maxRecordBytes = 16_000_000;

  @UriParam(
      defaultValue = "500",
      javaType = "java.time.Duration",
      description = "Pause before a batch that failed is tried again; doubles up to backOffMax.")
  private long backOff = 500;

  @UriParam(
      defaultValue = "10000",
      javaType = "java.time.Duration",
      description = "Longest pause before a batch that failed is tried again.")
  private long backOffMax = 10_000;

  @UriParam(
      description =
          "Brokers of the log, host1:port1,host2:port2: to make topics and to read the last position.")
  @Metadata(required = true)
  private String brokers;

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
      description = "Further properties of the Debezium connector, as Debezium names them.")
  private Map<String, Object> additionalProperties;

  /** A copy for one endpoint. */
  public PostgresCdcConfiguration copy() {
    try {
      return (PostgresCdcConfiguration) clone();
    } catch (CloneNotSupportedException e) {
      throw new RuntimeCamelException(e);
    }
  }

  /** How capture reaches the source. */
  public SourceConnection source() {
    return new SourceConnection(
        databaseHostname, databasePort, databaseDbname, databaseUser, databasePassword);
  }

  /** The regular expressions of {@code tableIncludeList}. */
  public List<String> includedPatterns() {
    return Pattern.compile("\\s*,\\s*").splitAsStream(tableIncludeList.strip()).toList();
  }

  /** The tables that capture writes to. */
  public OwnTables ownTables() {
    return new OwnTables(heartbeatTable, signalTable);
  }

  /** Which of the publication's tables are captured. */
  public Predicate<TableName> includedTables() {
    List<Pattern> included = includedPatterns().stream().map(Pattern::compile).toList();
    return table -> included.stream().anyMatch(p -> p.matcher(table.toString()).matches());
  }

  /** How capture reaches the brokers. */
  KafkaConnection log() {
    return new KafkaConnection(brokers, securityProtocol, saslMechanism, saslJaasConfig);
  }

  public String getName() {
    return name;
  }

  public void setName(String name) {
    this.name = name;
  }

  public String getEngine() {
    return engine;
  }

  public void setEngine(String engine) {
    this.engine = engine;
  }

  public String getDatabaseHostname() {
    return databaseHostname;
  }

  public void setDatabaseHostname(String databaseHostname) {
    this.databaseHostname = databaseHostname;
  }

  public int getDatabasePort() {
    return databasePort;
  }

  public void setDatabasePort(int databasePort) {
    this.databasePort = databasePort;
  }

  public String getDatabaseUser() {
    return databaseUser;
  }

  public void setDatabaseUser(String databaseUser) {
    this.databaseUser = databaseUser;
  }

  public String getDatabasePassword() {
    return databasePassword;
  }

  public void setDatabasePassword(String databasePassword) {
    this.databasePassword = databasePassword;
  }

  public String getDatabaseDbname() {
    return databaseDbname;
  }

  public void setDatabaseDbname(String databaseDbname) {
    this.databaseDbname = databaseDbname;
  }

  public String getTopicPrefix() {
    return topicPrefix;
  }

  public void setTopicPrefix(String topicPrefix) {
    this.topicPrefix = topicPrefix;
  }

  public String getSlotName() {
    return slotName;
  }

  public void setSlotName(String slotName) {
    this.slotName = slotName;
  }

  public String getPublicationName() {
    return publicationName;
  }

  public void setPublicationName(String publicationName) {
    this.publicationName = publicationName;
  }

  public String getTableIncludeList() {
    return tableIncludeList;
  }

  public void setTableIncludeList(String tableIncludeList) {
    this.tableIncludeList = tableIncludeList;
  }

  public String getHeartbeatTable() {
    return heartbeatTable;
  }

  public void setHeartbeatTable(String heartbeatTable) {
    this.heartbeatTable = heartbeatTable;
  }

  public String getSignalTable() {
    return signalTable;
  }

  public void setSignalTable(String signalTable) {
    this.signalTable = signalTable;
  }

  public long getHeartbeatInterval() {
    return heartbeatInterval;
  }

  public void setHeartbeatInterval(long heartbeatInterval) {
    this.heartbeatInterval = heartbeatInterval;
  }

  public int getMaxBatchSize() {
    return maxBatchSize;
  }

  public void setMaxBatchSize(int maxBatchSize) {
    this.maxBatchSize = maxBatchSize;
  }

  public int getMaxQueueSize() {
    return maxQueueSize;
  }

  public void setMaxQueueSize(int maxQueueSize) {
    this.maxQueueSize = maxQueueSize;
  }

  public long getMaxQueueSizeInBytes() {
    return maxQueueSizeInBytes;
  }

  public void setMaxQueueSizeInBytes(long maxQueueSizeInBytes) {
    this.maxQueueSizeInBytes = maxQueueSizeInBytes;
  }

  public long getPollInterval() {
    return pollInterval;
  }

  public void setPollInterval(long pollInterval) {
    this.pollInterval = pollInterval;
  }

  public int getSnapshotFetchSize() {
    return snapshotFetchSize;
  }

  public void setSnapshotFetchSize(int snapshotFetchSize) {
    this.snapshotFetchSize = snapshotFetchSize;
  }

  public int getResyncChunkRows() {
    return resyncChunkRows;
  }

  public void setResyncChunkRows(int resyncChunkRows) {
    this.resyncChunkRows = resyncChunkRows;
  }

  public long getResyncChunkBytes() {
    return resyncChunkBytes;
  }

  public void setResyncChunkBytes(long resyncChunkBytes) {
    this.resyncChunkBytes = resyncChunkBytes;
  }

  public long getTableInterval() {
    return tableInterval;
  }

  public void setTableInterval(long tableInterval) {
    this.tableInterval = tableInterval;
  }

  public long getPositionInterval() {
    return positionInterval;
  }

  public void setPositionInterval(long positionInterval) {
    this.positionInterval = positionInterval;
  }

  public String getSchemasTopic() {
    return schemasTopic != null ? schemasTopic : topicPrefix + ".schemas";
  }

  public void setSchemasTopic(String schemasTopic) {
    this.schemasTopic = schemasTopic;
  }

  public String getPositionsTopic() {
    return positionsTopic != null ? positionsTopic : topicPrefix + ".positions";
  }

  public void setPositionsTopic(String positionsTopic) {
    this.positionsTopic = positionsTopic;
  }

  public int getTopicPartitions() {
    return topicPartitions;
  }

  public void setTopicPartitions(int topicPartitions) {
    this.topicPartitions = topicPartitions;
  }

  public long getTopicRetention() {
    return topicRetention;
  }

  public void setTopicRetention(long topicRetention) {
    this.topicRetention = topicRetention;
  }

  public int getMaxRecordBytes() {
    return maxRecordBytes;
  }

  public void setMaxRecordBytes(int maxRecordBytes) {
    this.maxRecordBytes = maxRecordBytes;
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

  public String getBrokers() {
    return brokers;
  }

  public void setBrokers(String brokers) {
    this.brokers = brokers;
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
