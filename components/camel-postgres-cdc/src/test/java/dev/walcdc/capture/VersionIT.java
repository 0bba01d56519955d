package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.walcdc.capture.debezium.DebeziumSettings;
import dev.walcdc.capture.resync.ResyncJobs;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.change.Version;
import dev.walcdc.envelope.SourceSequence;
import dev.walcdc.log.OutgoingRecord;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A change has the same version whenever it comes: the sinks compare versions across restarts. */
class VersionIT {

  private static final int ROUNDS = 4;
  private static final long LAST = 1_000_000;
  private static final List<TableName> TABLES = List.of(new TableName("pure", "t"));
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Random random = new Random(20_261_123);
  private long lastId;

  /** Transactions that begin before others and commit after them, and one that is rolled back. */
  private void load(Capture capture) throws SQLException {
    for (int i = 0; i < ROUNDS; i++) {
      try (Connection slow = Source.open();
          Connection quick = Source.open();
          Statement slowly = slow.createStatement();
          Statement quickly = quick.createStatement()) {
        slow.setAutoCommit(false);
        quick.setAutoCommit(false);
        for (int step = 0; step < 12; step++) {
          Statement statement = random.nextBoolean() ? slowly : quickly;
          statement.execute("INSERT INTO pure.t VALUES (%d)".formatted(++lastId));
          if (statement == quickly && random.nextInt(3) == 0) {
            quick.commit();
          }
        }
        if (i == 1) {
          quick.rollback();
        }
        slow.commit();
        quick.commit();
      }
    }
    capture.sql("INSERT INTO @.t VALUES (%d)".formatted(LAST));
  }

  private record Run(List<String> changes, Set<SourcePosition> positions) {}

  private Run run(Capture capture, SourcePosition start, boolean load) throws Exception {
    PostgresCdcConfiguration options = configuration(capture);
    SourceCatalog catalog = new SourceCatalog(options.source());
    TableSchemas schemas =
        new TableSchemas(catalog::definition, (table, reason) -> {}, List.of(), 1);
    TableDescriber describer = new TableDescriber(catalog, List.of());
    Run run = new Run(new ArrayList<>(), new LinkedHashSet<>());
    try (CaptureEngine engine =
        DebeziumSettings.start(
            options,
            false,
            start,
            schemas,
            describer,
            TABLES,
            1,
            new ResyncJobs(List.of()),
            false)) {
      boolean ended = false;
      boolean loaded = !load;
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!ended && System.nanoTime() < deadline) {
        CapturedBatch batch = engine.poll(Duration.ofMillis(100));
        if (batch == null) {
          continue;
        }
        for (OutgoingRecord record : batch.records()) {
          JsonNode envelope = JSON.readTree(record.value());
          run.changes.add(change(envelope));
          ended |= envelope.get("after").get("id").longValue() == LAST;
        }
        if (batch.confirmable() != null) {
          run.positions.add(batch.confirmable());
        }
        engine.release(null);
        if (!loaded && batch.snapshotEnds()) {
          load(capture);
          loaded = true;
        }
      }
      assertThat(ended).as("the last change came").isTrue();
    }
    eventually(
        "the slot is free",
        () ->
            Source.query("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'pure' AND active")
                .isEmpty());
    return run;
  }

  private static String change(JsonNode envelope) throws IOException {
    JsonNode source = envelope.get("source");
    Version version =
        Version.of(
            1,
            SourceSequence.lastCommitLsn(source.get("sequence").textValue()),
            source.get("lsn").longValue());
    return envelope.get("after") + " " + version;
  }

  private static PostgresCdcConfiguration configuration(Capture capture) {
    PostgresCdcConfiguration options = new PostgresCdcConfiguration();
    options.setName("pure");
    options.setDatabaseHostname(capture.options().get("databaseHostname"));
    options.setDatabasePort(Integer.parseInt(capture.options().get("databasePort")));
    options.setDatabaseUser(capture.options().get("databaseUser"));
    options.setDatabasePassword(capture.options().get("databasePassword"));
    options.setDatabaseDbname(capture.options().get("databaseDbname"));
    options.setTopicPrefix("pure");
    options.setSlotName("pure");
    options.setPublicationName("pure");
    options.setTableIncludeList("pure\\.t");
    options.setHeartbeatTable("pure.heartbeat");
    options.setSignalTable("pure.signal");
    // One change a batch, so that every end of a transaction is seen as a position.
    options.setMaxBatchSize(1);
    options.setMaxQueueSize(2);
    return options;
  }

  @Test
  void aRestartAtAnyPositionGivesTheSameVersions() throws Exception {
    try (Capture capture = new Capture("pure").table("t", "id bigint PRIMARY KEY")) {
      capture.sql("INSERT INTO @.t VALUES (0)");
      Run first = run(capture, null, true);
      assertThat(first.positions).hasSizeGreaterThan(ROUNDS);
      for (SourcePosition position : first.positions) {
        Run again = run(capture, position, false);
        assertThat(again.changes).as("from %s", position).isNotEmpty();
        assertThat(
                first.changes.subList(
                    first.changes.size() - again.changes.size(), first.changes.size()))
            .as("from %s", position)
            .containsExactlyElementsOf(again.changes);
      }
    }
  }
}
