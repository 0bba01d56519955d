package dev.walcdc.status;

import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.StateLog;
import dev.walcdc.changelog.KafkaConnection;
import dev.walcdc.changelog.SchemaLog;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.log.TopicNames;
import dev.walcdc.schema.TableSchema;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Puts a {@link StatusReport} together from what the stages themselves have stored: it works
 * whatever process runs them, and while none does. Used by one thread.
 */
public final class StatusReader implements AutoCloseable {

  private static final double MICROS = 1e6;

  private final String topicPrefix;
  private final String connector;
  private final SourceConnection source;
  private final String slot;
  private final JdbcCatalog catalog;
  private final StateLog states;
  private final SchemaLog schemas;
  private final ClickHouseApplied clickHouse;
  private final IcebergApplied iceberg;
  private final KafkaConsumer<byte[], byte[]> log;

  /**
   * @param connector name that capture keeps its position under
   * @param source null where changes are made up
   * @param slot the slot that capture reads
   * @param catalog of the lake; closed with this reader
   */
  public StatusReader(
      String topicPrefix,
      String connector,
      SourceConnection source,
      String slot,
      ConnectionSettings servers,
      JdbcCatalog catalog) {
    this.topicPrefix = topicPrefix;
    this.connector = connector;
    this.source = source;
    this.slot = slot;
    this.catalog = catalog;
    KafkaConnection connection = KafkaConnection.plaintext(servers.kafka().bootstrapServers());
    this.states = new StateLog(connection, topicPrefix + ".positions");
    this.schemas = new SchemaLog(connection, topicPrefix + ".schemas");
    this.clickHouse = new ClickHouseApplied(servers.clickHouse());
    this.iceberg = new IcebergApplied(catalog);
    this.log =
        new KafkaConsumer<>(
            connection.properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** The slot and the end of the WAL. */
  private record SourceState(long lsn, long retainedBytes) {}

  /**
   * The present state.
   *
   * @throws IOException if a server does not answer
   * @throws SQLException if the source does not answer
   */
  public StatusReport read() throws IOException, SQLException, InterruptedException {
    Optional<CaptureState> state = states.last(connector);
    Map<TopicPartition, Long> ends = ends();
    Map<String, Applied> inClickHouse = clickHouse.read();
    SourceState sourceState = sourceState();
    List<TableStatus> tables = new ArrayList<>();
    for (TableSchema table : tables().values()) {
      String topic = TopicNames.of(topicPrefix, table.schema(), table.table());
      long source = sourceState.lsn();
      Measure measure = new Measure(topic, table.qualifiedName(), ends, state, source);
      tables.add(measure.status("clickhouse", Optional.ofNullable(inClickHouse.get(topic))));
      tables.add(measure.status("iceberg", iceberg.read(table.schema(), table.table())));
    }
    return new StatusReport(
        sourceState.lsn(),
        state.map(CaptureState::position).map(position -> position.lsn()).orElse(0L),
        sourceState.retainedBytes(),
        state.map(CaptureState::epoch).orElse(0),
        tables);
  }

  private SortedMap<String, TableSchema> tables() {
    SortedMap<String, TableSchema> tables = new TreeMap<>();
    schemas.all().forEach(schema -> tables.put(schema.qualifiedName(), schema));
    return tables;
  }

  private Map<TopicPartition, Long> ends() {
    List<TopicPartition> partitions =
        log.listTopics().entrySet().stream()
            .filter(topic -> topic.getKey().startsWith(topicPrefix + "."))
            .flatMap(topic -> topic.getValue().stream())
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    return log.endOffsets(partitions);
  }

  private SourceState sourceState() throws SQLException {
    if (source == null) {
      return new SourceState(0, 0);
    }
    try (Connection connection = source.open();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT (pg_current_wal_lsn() - '0/0')::bigint, coalesce((SELECT pg_current_wal_lsn() - restart_lsn FROM pg_replication_slots WHERE slot_name = ?), 0)::bigint")) {
      statement.setString(1, slot);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new SourceState(row.getLong(1), row.getLong(2));
      }
    }
  }

  /** Works one table's figures out. */
  private record Measure(
      String topic,
      String table,
      Map<TopicPartition, Long> ends,
      Optional<CaptureState> state,
      long sourceLsn) {

    TableStatus status(String sink, Optional<Applied> stored) {
      Applied applied = stored.orElse(new Applied(new HashMap<>(), 0, 0, 0, 0));
      long waiting = 0;
      for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
        if (end.getKey().topic().equals(topic)) {
          waiting +=
              end.getValue() - applied.nextOffsets().getOrDefault(end.getKey().partition(), 0L);
        }
      }
      long appliedLsn = appliedLsn(applied);
      long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
      boolean known = applied.committedAtMicros() > 0;
      return new TableStatus(
          table,
          sink,
          applied.records(),
          appliedLsn,
          Math.max(0, waiting),
          sourceLsn == 0 ? -1 : Math.max(0, sourceLsn - appliedLsn),
          waiting <= 0 || !known ? 0 : (now - applied.committedAtMicros()) / MICROS,
          known ? (applied.appliedAtMicros() - applied.committedAtMicros()) / MICROS : 0);
    }

    /** An idle table is as far as the last position that it holds nothing back of. */
    private long appliedLsn(Applied applied) {
      if (state.isEmpty() || state.get().position() == null) {
        return applied.lsn();
      }
      Map<Integer, Long> through = state.get().nextOffsets().getOrDefault(topic, Map.of());
      boolean passed =
          through.entrySet().stream()
              .allMatch(
                  next -> applied.nextOffsets().getOrDefault(next.getKey(), 0L) >= next.getValue());
      return passed ? Math.max(applied.lsn(), state.get().position().lsn()) : applied.lsn();
    }
  }

  @Override
  public void close() {
    log.close();
    catalog.close();
  }
}
