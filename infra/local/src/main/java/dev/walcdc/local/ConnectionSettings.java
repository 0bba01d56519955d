package dev.walcdc.local;

import java.net.URI;

/**
 * How to reach every server of a stack. Holds for servers that are down as well: ports stay the
 * same. Passwords do not show in {@code toString}.
 *
 * @param postgres the source database
 * @param kafka the broker
 * @param clickHouse the analytical database
 * @param s3 the object store
 * @param catalog the database of the Iceberg JDBC catalog
 * @param trino the engine that reads all of them, where it was asked for
 */
public record ConnectionSettings(
    Postgres postgres, Kafka kafka, ClickHouse clickHouse, S3 s3, Postgres catalog, Trino trino) {

  static final String HOST = "127.0.0.1";

  static ConnectionSettings of(Ports ports, Secrets secrets) {
    int http = ports.get(Port.CLICKHOUSE_HTTP);
    return new ConnectionSettings(
        new Postgres(
            HOST,
            ports.get(Port.POSTGRES),
            PostgresServer.SOURCE_DATABASE,
            PostgresServer.SUPERUSER,
            secrets.postgresPassword()),
        new Kafka(HOST + ":" + ports.get(Port.KAFKA)),
        new ClickHouse(
            URI.create("http://" + HOST + ":" + http),
            HOST,
            http,
            ports.get(Port.CLICKHOUSE_NATIVE),
            ClickHouseServer.DATABASE,
            ClickHouseServer.USER,
            secrets.clickHousePassword()),
        new S3(
            URI.create("http://" + HOST + ":" + ports.get(Port.S3)),
            "us-east-1",
            secrets.s3AccessKey(),
            secrets.s3SecretKey(),
            S3Server.BUCKET),
        new Postgres(
            HOST,
            ports.get(Port.CATALOG),
            PostgresServer.CATALOG_DATABASE,
            PostgresServer.SUPERUSER,
            secrets.catalogPassword()),
        new Trino(URI.create("http://" + HOST + ":" + ports.get(Port.TRINO))));
  }

  /**
   * A PostgreSQL database.
   *
   * @param host address
   * @param port TCP port
   * @param database name
   * @param user a superuser
   * @param password its password
   */
  public record Postgres(String host, int port, String database, String user, String password) {
    /**
     * Returns the JDBC URL without user and password.
     *
     * @return the URL
     */
    public String jdbcUrl() {
      return "jdbc:postgresql://%s:%d/%s".formatted(host, port, database);
    }

    @Override
    public String toString() {
      return jdbcUrl() + " as " + user;
    }
  }

  /**
   * A Kafka cluster without authentication.
   *
   * @param bootstrapServers host and port
   */
  public record Kafka(String bootstrapServers) {}

  /**
   * A ClickHouse server.
   *
   * @param url base of the HTTP interface, without a path
   * @param host address
   * @param httpPort port of the HTTP interface
   * @param nativePort port of the native protocol
   * @param database a database for our tables; do not use {@code default}, which shows files
   * @param user its user, who may do all but reach files and other hosts; S3 is allowed
   * @param password its password
   */
  public record ClickHouse(
      URI url,
      String host,
      int httpPort,
      int nativePort,
      String database,
      String user,
      String password) {
    /**
     * Returns the URL for clickhouse-jdbc and for Trino, without user and password.
     *
     * @return the URL
     */
    public String jdbcUrl() {
      return "jdbc:clickhouse://%s:%d/%s".formatted(host, httpPort, database);
    }

    @Override
    public String toString() {
      return url + " (native " + nativePort + "), database " + database + " as " + user;
    }
  }

  /**
   * An S3 endpoint; clients must use path-style addresses.
   *
   * @param endpoint its base URL
   * @param region a region, for signatures
   * @param accessKey identity
   * @param secretKey secret
   * @param bucket a bucket that exists
   */
  public record S3(URI endpoint, String region, String accessKey, String secretKey, String bucket) {
    @Override
    public String toString() {
      return endpoint + ", bucket " + bucket;
    }
  }

  /**
   * A Trino without authentication, which only reads.
   *
   * @param url base of its HTTP interface, without a path
   */
  public record Trino(URI url) {
    /**
     * Returns the URL for Trino's JDBC driver, without a user; any name will do.
     *
     * @return the URL, without a catalog
     */
    public String jdbcUrl() {
      return "jdbc:trino://%s:%d".formatted(url.getHost(), url.getPort());
    }
  }
}
