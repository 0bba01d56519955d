package dev.walcdc.capture.debezium;

import dev.walcdc.capture.CaptureException;
import dev.walcdc.capture.PostgresCdcConfiguration;
import dev.walcdc.capture.SourcePosition;
import dev.walcdc.capture.TableDescriber;
import dev.walcdc.capture.TableSchemas;
import dev.walcdc.capture.resync.ResyncJobs;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import io.debezium.relational.RelationalDatabaseConnectorConfig;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes a Debezium engine out of capture's options. */
public final class DebeziumSettings {

  private static final Pattern SPECIAL = Pattern.compile("[^A-Za-z0-9_]");

  /** Debezium's property, and that of our converter, for the mark of a value that was not sent. */
  static final String UNCHANGED = "unavailable.value.placeholder";

  /** Debezium's default for it: the sinks know a value that was left out by it. */
  static final String UNCHANGED_MARK =
      RelationalDatabaseConnectorConfig.DEFAULT_UNAVAILABLE_VALUE_PLACEHOLDER;

  private DebeziumSettings() {}

  /**
   * Starts an engine.
   *
   * @param heartbeat whether the heartbeat table can be written
   * @param start null to begin with a snapshot
   * @param describer used by the engine's own thread from here on
   * @param epoch of what is captured
   * @param resyncs what is to be read again
   * @param signals whether the signal table can be used, without which nothing is
   * @throws SQLException if the source does not answer
   * @throws CaptureException if the options contradict what capture depends on
   */
  public static DebeziumCaptureEngine start(
      PostgresCdcConfiguration options,
      boolean heartbeat,
      SourcePosition start,
      TableSchemas schemas,
      TableDescriber describer,
      List<TableName> tables,
      int epoch,
      ResyncJobs resyncs,
      boolean signals)
      throws SQLException {
    Properties properties = connector(options);
    properties.setProperty("snapshot.include.collection.list", literally(options, tables));
    exactValues(properties);
    if (heartbeat) {
      properties.setProperty(
          "heartbeat.action.query",
          "INSERT INTO %s (id, beat_at) VALUES (1, clock_timestamp()) ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at"
              .formatted(options.getHeartbeatTable()));
    }
    if (options.getAdditionalProperties() != null) {
      options.getAdditionalProperties().forEach((name, value) -> add(properties, name, value));
    }
    DebeziumResync resync =
        signals ? new DebeziumResync(options, properties, schemas, resyncs, epoch) : null;
    if (resync != null) {
      resync.begin();
    }
    StreamFollower follower = resync == null ? StreamFollower.NONE : resync;
    Relations relations = new Relations(describer::describe);
    return new DebeziumCaptureEngine(
        properties,
        start,
        relations,
        new BatchConverter(
            schemas, options.ownTables(), start, relations, follower, new DeferrableKeys(resyncs)),
        resync);
  }

  /** What keeps values exact and positions safe is not to be undone. */
  private static void add(Properties properties, String name, Object value) {
    if (properties.containsKey(name)) {
      throw new CaptureException(
          "Property `%s` of the connector is set by capture itself; leave out `additionalProperties.%s`"
              .formatted(name, name));
    }
    properties.setProperty(name, String.valueOf(value));
  }

  private static Properties connector(PostgresCdcConfiguration options) {
    Properties properties = new Properties();
    properties.setProperty("name", options.getName());
    properties.setProperty("connector.class", TextConnector.class.getName());
    properties.setProperty("plugin.name", "pgoutput");
    properties.setProperty("database.hostname", options.getDatabaseHostname());
    properties.setProperty("database.port", Integer.toString(options.getDatabasePort()));
    properties.setProperty("database.user", options.getDatabaseUser());
    if (options.getDatabasePassword() != null) {
      properties.setProperty("database.password", options.getDatabasePassword());
    }
    properties.setProperty("database.dbname", options.getDatabaseDbname());
    properties.setProperty("topic.prefix", options.getTopicPrefix());
    properties.setProperty("slot.name", options.getSlotName());
    properties.setProperty("slot.drop.on.stop", "false");
    properties.setProperty("publication.name", options.getPublicationName());
    properties.setProperty("publication.autocreate.mode", "disabled");
    properties.setProperty("table.include.list", tables(options));
    properties.setProperty("snapshot.mode", "initial");
    properties.setProperty("snapshot.fetch.size", Integer.toString(options.getSnapshotFetchSize()));
    properties.setProperty("max.batch.size", Integer.toString(options.getMaxBatchSize()));
    properties.setProperty("max.queue.size", Integer.toString(options.getMaxQueueSize()));
    properties.setProperty(
        "max.queue.size.in.bytes", Long.toString(options.getMaxQueueSizeInBytes()));
    properties.setProperty("poll.interval.ms", Long.toString(options.getPollInterval()));
    properties.setProperty("heartbeat.interval.ms", Long.toString(options.getHeartbeatInterval()));
    // Capture starts the engine again by itself, with its health check red until it works.
    properties.setProperty("errors.max.retries", "0");
    return properties;
  }

  /** Never empty, which would stand for all tables. */
  private static String literally(PostgresCdcConfiguration options, List<TableName> tables) {
    return Stream.concat(
            tables.stream().map(TableName::toString), Stream.of(options.getHeartbeatTable()))
        .map(name -> "(?-i)" + SPECIAL.matcher(name).replaceAll(DebeziumSettings::codePoint))
        .collect(Collectors.joining(","));
  }

  /**
   * Debezium splits its lists at commas before it reads an expression: quoting must not show one.
   */
  private static String codePoint(MatchResult special) {
    return Matcher.quoteReplacement("\\x{%x}".formatted(special.group().codePointAt(0)));
  }

  /** Debezium looks away from upper and lower case unless an expression says that it must not. */
  private static String tables(PostgresCdcConfiguration options) {
    return Stream.concat(
            options.includedPatterns().stream(),
            Stream.of(options.getHeartbeatTable(), options.getSignalTable())
                .map(table -> table.replace(".", "\\.")))
        .map("(?-i)"::concat)
        .collect(Collectors.joining(","));
  }

  /**
   * Values come as PostgreSQL's text, and {@link TextConverter} makes of them what the envelope
   * holds. Debezium's defaults would put NULL where that fails, and drop TRUNCATE and unknown
   * types.
   */
  private static void exactValues(Properties properties) {
    properties.setProperty("database.initial.statements", PrintedText.script());
    properties.setProperty("snapshot.query.mode", "custom");
    properties.setProperty("snapshot.query.mode.custom.name", TextSnapshotQuery.NAME);
    properties.setProperty("converters", "text");
    properties.setProperty("text.type", TextConverter.class.getName());
    properties.setProperty("text." + UNCHANGED, UNCHANGED_MARK);
    properties.setProperty(UNCHANGED, UNCHANGED_MARK);
    properties.setProperty("event.converting.failure.handling.mode", "fail");
    properties.setProperty("include.unknown.datatypes", "true");
    properties.setProperty("skipped.operations", "none");
    properties.setProperty("tombstones.on.delete", "true");
    properties.setProperty("provide.transaction.metadata", "false");
  }
}
