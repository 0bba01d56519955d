package dev.walcdc.bench;

import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.local.LocalStack;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Debezium Server with its Kafka sink: the peer of capture. It is given what capture gives itself:
 * heap and collector, batch and queue sizes, poll interval, compression, acknowledgement by all, no
 * inline schemas, exact numbers.
 */
final class DebeziumServer {

  /** Name of its line. */
  static final String NAME = "Debezium Server 3.6.0";

  /** The slot that it reads. */
  static final String SLOT = "debezium_server";

  /** First part of its topics' names. */
  static final String PREFIX = "debezium";

  private static final int LEAST_JAVA = 21;

  private final Path distribution;
  private final Path java;

  private DebeziumServer(Path distribution, Path java) {
    this.distribution = distribution;
    this.java = java;
  }

  /** Why it cannot run here; empty if it can. */
  static Optional<String> missing(Path distribution, Path java) {
    if (!Files.isDirectory(distribution.resolve("lib"))) {
      return Optional.of("it is not in %s; build with -Pdebezium-server".formatted(distribution));
    }
    if (java == null) {
      return Optional.of("no Java %d or newer was found; set JAVA_25_HOME".formatted(LEAST_JAVA));
    }
    return Optional.empty();
  }

  /**
   * The server of a distribution.
   *
   * @param java null where none was found
   */
  static DebeziumServer of(Path distribution, Path java) {
    return new DebeziumServer(distribution, java);
  }

  /** A Java that is new enough; null if there is none. */
  static Path findJava() {
    return JavaFinder.find(LEAST_JAVA).orElse(null);
  }

  /** Starts it on its slot, which must be there. */
  Child start(ConnectionSettings servers, Path home) throws IOException {
    Path folder = Files.createDirectories(home.resolve("debezium"));
    Files.createDirectories(folder.resolve("config"));
    Properties properties = new Properties();
    properties.putAll(settings(servers, folder));
    try (Writer out = Files.newBufferedWriter(folder.resolve("config/application.properties"))) {
      properties.store(out, null);
    }
    String classPath =
        String.join(
            File.pathSeparator, runner().toString(), "config", distribution.resolve("lib") + "/*");
    return new Child(
        NAME,
        List.of(
            java.toString(),
            "-Xmx1g",
            "-XX:+UseParallelGC",
            "-cp",
            classPath,
            "io.debezium.server.Main"),
        Map.of("DEBEZIUM_PASSWORD", servers.postgres().password()),
        folder,
        home.resolve("logs/debezium-server.log"));
  }

  private Path runner() throws IOException {
    try (Stream<Path> files = Files.list(distribution)) {
      return files
          .filter(file -> file.toString().endsWith("-runner.jar"))
          .findFirst()
          .orElseThrow(() -> new BenchException(distribution + " holds no runner"));
    }
  }

  private static Map<String, String> settings(ConnectionSettings servers, Path folder) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("quarkus.http.host", "127.0.0.1");
    all.put("quarkus.http.port", Integer.toString(LocalStack.freePort()));
    all.put("quarkus.log.level", "WARN");
    all.put("quarkus.log.console.json", "false");
    all.put("debezium.format.key", "json");
    all.put("debezium.format.value", "json");
    all.put("debezium.format.key.schemas.enable", "false");
    all.put("debezium.format.value.schemas.enable", "false");
    sink(servers).forEach((name, value) -> all.put("debezium.sink." + name, value));
    source(servers, folder).forEach((name, value) -> all.put("debezium.source." + name, value));
    return all;
  }

  private static Map<String, String> sink(ConnectionSettings servers) {
    Map<String, String> sink = new LinkedHashMap<>();
    String serializer = "org.apache.kafka.common.serialization.StringSerializer";
    sink.put("type", "kafka");
    sink.put("kafka.producer.bootstrap.servers", servers.kafka().bootstrapServers());
    sink.put("kafka.producer.key.serializer", serializer);
    sink.put("kafka.producer.value.serializer", serializer);
    sink.put("kafka.producer.acks", "all");
    sink.put("kafka.producer.enable.idempotence", "true");
    sink.put("kafka.producer.compression.type", "lz4");
    sink.put("kafka.producer.linger.ms", "5");
    sink.put("kafka.producer.batch.size", "262144");
    sink.put("kafka.producer.max.request.size", "16777216");
    return sink;
  }

  private static Map<String, String> source(ConnectionSettings servers, Path folder) {
    Map<String, String> source = new LinkedHashMap<>();
    source.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    source.put("offset.storage.file.filename", folder.resolve("offsets.dat").toString());
    source.put("offset.flush.interval.ms", "1000");
    source.put("database.hostname", servers.postgres().host());
    source.put("database.port", Integer.toString(servers.postgres().port()));
    source.put("database.user", servers.postgres().user());
    source.put("database.password", "${DEBEZIUM_PASSWORD}");
    source.put("database.dbname", servers.postgres().database());
    source.put("topic.prefix", PREFIX);
    source.put("plugin.name", "pgoutput");
    source.put("slot.name", SLOT);
    source.put("publication.name", "walcdc");
    source.put("publication.autocreate.mode", "disabled");
    source.put("table.include.list", "app\\.ledger");
    source.put("snapshot.mode", "no_data");
    source.put("decimal.handling.mode", "string");
    source.put("interval.handling.mode", "string");
    source.put("time.precision.mode", "microseconds");
    source.put("tombstones.on.delete", "true");
    source.put("provide.transaction.metadata", "false");
    source.put("poll.interval.ms", "10");
    source.put("max.batch.size", "8192");
    source.put("max.queue.size", "32768");
    source.put("max.queue.size.in.bytes", Long.toString(64L << 20));
    return source;
  }
}
