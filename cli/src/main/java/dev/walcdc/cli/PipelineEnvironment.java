package dev.walcdc.cli;

import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.process.OwnerProcess;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The pipeline's settings as environment variables: the properties of {@code
 * routes/application.properties} by other names. Secrets come this way as well, since a process's
 * environment can only be read by its own user.
 */
public final class PipelineEnvironment {

  /** The variable with the port of a process's health and metrics. */
  public static final String MANAGEMENT_PORT = "MANAGEMENT_PORT";

  /** The variable with the columns that are found by meaning. */
  static final String EMBED_COLUMNS = "EMBED_COLUMNS";

  /** The variable that has a process answer questions. */
  static final String SEARCH_ENABLED = "SEARCH_ENABLED";

  private static final String SEARCH_PORT = "SEARCH_PORT";

  private PipelineEnvironment() {}

  /**
   * What a pipeline needs to know that this process starts, and that is to end with it.
   *
   * @param source null where changes are made up
   * @param tables regular expressions, comma between, that match schema.table
   * @return a map that may be changed, without {@link #MANAGEMENT_PORT}
   */
  public static Map<String, String> of(
      Mode mode, SourceConnection source, ConnectionSettings servers, String tables) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put(OwnerProcess.VARIABLE, Long.toString(ProcessHandle.current().pid()));
    environment.put("INGESTION_MODE", mode.toString());
    environment.put("TABLES", tables);
    environment.put("KAFKA_BROKERS", servers.kafka().bootstrapServers());
    environment.put("READER_NAME", "local");
    if (source != null) {
      environment.put("SOURCE_HOSTNAME", source.hostname());
      environment.put("SOURCE_PORT", Integer.toString(source.port()));
      environment.put("SOURCE_DATABASE", source.database());
      environment.put("SOURCE_USER", source.user());
      environment.put("SOURCE_PASSWORD", source.password() == null ? "" : source.password());
    }
    environment.put("CLICKHOUSE_URL", servers.clickHouse().url().toString());
    environment.put("CLICKHOUSE_USER", servers.clickHouse().user());
    environment.put("CLICKHOUSE_PASSWORD", servers.clickHouse().password());
    environment.put("ICEBERG_CATALOG_URI", servers.catalog().jdbcUrl());
    environment.put("ICEBERG_CATALOG_USER", servers.catalog().user());
    environment.put("ICEBERG_CATALOG_PASSWORD", servers.catalog().password());
    environment.put("ICEBERG_WAREHOUSE", "s3://" + servers.s3().bucket() + "/warehouse");
    environment.put("QUARANTINE_BUCKET", servers.s3().bucket());
    environment.put("ICEBERG_S3_ENDPOINT", servers.s3().endpoint().toString());
    environment.put("ICEBERG_S3_ACCESSKEY", servers.s3().accessKey());
    environment.put("ICEBERG_S3_SECRETKEY", servers.s3().secretKey());
    environment.put("ICEBERG_S3_REGION", servers.s3().region());
    return environment;
  }

  /**
   * What it needs besides to be searched.
   *
   * @param columns whose texts are embedded: regular expressions of schema.table.column
   * @param port where questions are answered
   */
  static Map<String, String> search(String columns, int port) {
    return Map.of(
        EMBED_COLUMNS, columns, SEARCH_ENABLED, "true", SEARCH_PORT, Integer.toString(port));
  }
}
