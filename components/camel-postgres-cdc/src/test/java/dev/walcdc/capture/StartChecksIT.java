package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.capture.source.Finding;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.capture.source.SourceDoctor;
import dev.walcdc.capture.state.CaptureState;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.PGReplicationStream;

/** What capture refuses to start on, what it says then, and that it starts once that is cured. */
class StartChecksIT {

  private static void assertComplaint(Capture capture, String... parts) {
    eventually("a complaint with " + parts[0], () -> capture.complaint().contains(parts[0]));
    assertThat(capture.complaint()).contains(parts);
  }

  @Test
  void saysWhichPublicationIsMissingAndStartsOnceItIsThere() {
    try (Capture capture = new Capture("check_publication").table("t", "id int PRIMARY KEY")) {
      Source.run("DROP PUBLICATION check_publication");
      capture.start();
      assertComplaint(
          capture,
          "Publication `check_publication` does not exist in database `appdb`",
          "CREATE PUBLICATION check_publication FOR ALL TABLES WITH (publish_via_partition_root = true);");
      assertThat(capture.complaint()).doesNotContain("wal_level");
      assertThat(Source.query("SELECT slot_name FROM pg_replication_slots"))
          .doesNotContain("check_publication");
      Source.run("CREATE PUBLICATION check_publication FOR TABLES IN SCHEMA check_publication");
      capture.streaming();
      eventually("healthy", capture::isHealthy);
    }
  }

  @Test
  void aRoleWithTheLeastRightsSuffices() {
    try (Capture capture = new Capture("check_rights").table("t", "id int PRIMARY KEY");
        Role role = new Role("check_rights_role")) {
      role.captures(capture);
      capture.sql("INSERT INTO @.t VALUES (1)");
      capture.start();
      assertComplaint(
          capture,
          "Role `check_rights_role` may not use schema check_rights",
          "GRANT USAGE ON SCHEMA check_rights TO check_rights_role;",
          "Role `check_rights_role` may not read table check_rights.t",
          "GRANT SELECT ON check_rights.t TO check_rights_role;");
      role.runs(
          "GRANT USAGE ON SCHEMA check_rights TO @",
          "GRANT SELECT ON check_rights.t TO @",
          "GRANT SELECT, INSERT, UPDATE ON check_rights.heartbeat TO @",
          "GRANT SELECT, INSERT, DELETE ON check_rights.signal TO @");
      capture.streaming();
      capture.sql("INSERT INTO @.t VALUES (2)");
      long written = Capture.currentLsn();
      eventually("the row", () -> capture.ids("t").size() == 2);
      eventually("its heartbeat", () -> capture.confirmedFlush() > written);
    }
  }

  @Test
  void theDoctorSaysWhatIsMissingForAResync() throws SQLException {
    try (Capture capture = new Capture("check_signal").table("t", "id int PRIMARY KEY")) {
      OwnTables own = new OwnTables("check_signal.heartbeat", "check_signal.signal");
      SourceConnection source =
          new SourceConnection(
              Source.settings().host(),
              Source.settings().port(),
              Source.settings().database(),
              Source.settings().user(),
              Source.settings().password());
      SourceDoctor doctor = new SourceDoctor(source);
      assertThat(doctor.examine("check_signal", own)).isEmpty();
      capture.sql("DROP TABLE @.signal");
      List<Finding> findings = doctor.examine("check_signal", own);
      assertThat(findings)
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.severity()).isEqualTo(Finding.Severity.ADVICE);
                assertThat(finding.problem()).startsWith("Signal table check_signal.signal");
              });
      Source.run(findings.get(0).remedy());
      assertThat(doctor.examine("check_signal", own)).isEmpty();
      // Its rows are not for the sinks, whoever writes them.
      capture.start().streaming();
      capture.sql(
          "INSERT INTO @.signal VALUES ('1', 'unknown', '{}')", "INSERT INTO @.t VALUES (1)");
      eventually("the row behind it", () -> capture.ids("t").contains(1L));
      assertThat(Log.topics()).doesNotContain(capture.topic("signal"));
    }
  }

  @Test
  void aReplicaIdentityThatCarriesNoUpdatesIsRefusedForTablesThatAreCaptured() {
    try (Capture capture =
        new Capture("check_identity")
            .table("t", "id int PRIMARY KEY")
            .table("bad", "id int PRIMARY KEY")) {
      capture.sql("ALTER TABLE @.bad REPLICA IDENTITY NOTHING");
      capture.start();
      assertComplaint(
          capture,
          "Table check_identity.bad has REPLICA IDENTITY NOTHING",
          "ALTER TABLE check_identity.bad REPLICA IDENTITY DEFAULT;");
      capture.stop();
      // It is nobody's business how a table that is not captured is identified.
      capture.with("tableIncludeList", "check_identity\\.t").start().streaming();
    }
  }

  @Test
  void aReplicaIdentityThatDoesNotNameTheRowIsRefused() {
    try (Capture capture =
        new Capture("check_index")
            .table("good", "id int PRIMARY KEY, n int NOT NULL, UNIQUE (n, id)")
            .table("bad", "id int PRIMARY KEY, n int NOT NULL UNIQUE")) {
      capture.sql(
          "ALTER TABLE @.good REPLICA IDENTITY USING INDEX good_n_id_key",
          "ALTER TABLE @.bad REPLICA IDENTITY USING INDEX bad_n_key");
      capture.start();
      assertComplaint(
          capture,
          "Table check_index.bad has a REPLICA IDENTITY index without its primary key",
          "ALTER TABLE check_index.bad REPLICA IDENTITY DEFAULT;");
      assertThat(capture.complaint()).doesNotContain("check_index.good");
    }
  }

  @Test
  void tablesThatWouldShareATopicAreRefused() {
    try (Capture capture =
        new Capture("check_topics")
            .table("a_b", "id int PRIMARY KEY")
            .table("\"a b\"", "id int PRIMARY KEY")) {
      capture.start();
      assertComplaint(
          capture,
          "would share topic `check_topics.check_topics.a_b`",
          "`check_topics.a_b`",
          "`check_topics.a b`");
    }
  }

  @Test
  void aPropertyOfTheConnectorThatCaptureDependsOnIsRefused() {
    try (Capture capture = new Capture("check_properties").table("t", "id int PRIMARY KEY")) {
      capture.with("additionalProperties.event.converting.failure.handling.mode", "warn").start();
      assertComplaint(
          capture,
          "Property `event.converting.failure.handling.mode` of the connector is set by capture itself",
          "leave out `additionalProperties.event.converting.failure.handling.mode`");
    }
  }

  @Test
  void anEngineThatIsNotThereIsRefused() {
    try (Capture capture = new Capture("check_engine")) {
      capture.with("engine", "pgoutput");
      assertThatThrownBy(capture::start)
          .hasRootCauseMessage("Engine `pgoutput` is not known; the one engine is `debezium`");
    }
  }

  /** A slot of that name on another cluster is not the one that capture made. */
  @Test
  void aSlotOnAnotherClusterIsNotDropped() {
    try (Capture capture = new Capture("check_cluster").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.stop();
      CaptureState here = capture.lastState();
      CaptureState elsewhere =
          new CaptureState(
              here.epoch(),
              here.phase(),
              "1",
              here.timeline(),
              here.position(),
              here.nextOffsets(),
              here.tables(),
              here.resyncs(),
              here.recordedAtMicros());
      Log.write("check_cluster.positions", "check_cluster", elsewhere.toJson());
      capture.start();
      assertComplaint(
          capture,
          "Replication slot `check_cluster` exists, but connector `check_cluster` captured another PostgreSQL cluster before",
          "SELECT pg_drop_replication_slot('check_cluster');");
      capture.dropSlot();
      eventually("a new epoch", () -> capture.isStreamingIn(2));
    }
  }

  @Test
  void aSlotThatSomebodyReadsIsRefused() throws SQLException {
    try (Capture capture = new Capture("check_held").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.stop();
      Properties properties = new Properties();
      PGProperty.USER.set(properties, Source.settings().user());
      PGProperty.PASSWORD.set(properties, Source.settings().password());
      PGProperty.REPLICATION.set(properties, "database");
      PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
      PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "15");
      try (Connection other = DriverManager.getConnection(Source.settings().jdbcUrl(), properties);
          PGReplicationStream stream =
              other
                  .unwrap(PGConnection.class)
                  .getReplicationAPI()
                  .replicationStream()
                  .logical()
                  .withSlotName("check_held")
                  .withSlotOption("proto_version", 1)
                  .withSlotOption("publication_names", "check_held")
                  .start()) {
        assertThat(stream.isClosed()).isFalse();
        String pid =
            Source.single(
                "SELECT active_pid FROM pg_replication_slots WHERE slot_name = 'check_held'");
        capture.start();
        assertComplaint(
            capture,
            "Replication slot `check_held` is held by PID " + pid,
            "stop that pipeline or choose another `slotName`");
      }
      capture.sql("INSERT INTO @.t VALUES (1)");
      eventually("the row once the slot is free", () -> capture.ids("t").contains(1L));
    }
  }

  @Test
  void aSlotWithoutAPositionIsTakenForAnotherPipelines() {
    try (Capture capture = new Capture("check_foreign").table("t", "id int PRIMARY KEY")) {
      Source.query("SELECT pg_create_logical_replication_slot('check_foreign', 'pgoutput')");
      capture.start();
      assertComplaint(
          capture,
          "Replication slot `check_foreign` exists, but topic `check_foreign.positions` holds no position",
          "SELECT pg_drop_replication_slot('check_foreign');");
      assertThat(capture.states()).isEmpty();
    }
  }

  /** A data folder that was put back is the same cluster on the same timeline. */
  @Test
  void aSourceWhoseWalEndsBeforeThePositionBeginsANewEpoch() {
    try (Capture capture = new Capture("check_restored").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.stop();
      CaptureState here = capture.lastState();
      SourcePosition at = here.position();
      long later = Capture.currentLsn() + (1L << 40);
      CaptureState ahead =
          new CaptureState(
              here.epoch(),
              here.phase(),
              here.systemIdentifier(),
              here.timeline(),
              new SourcePosition(later, later, later, at.txId(), at.offset()),
              here.nextOffsets(),
              here.tables(),
              here.resyncs(),
              here.recordedAtMicros());
      Log.write("check_restored.positions", "check_restored", ahead.toJson());
      capture.sql("INSERT INTO @.t VALUES (1)");
      capture.start();
      eventually("a new epoch", () -> capture.isStreamingIn(2));
      eventually("the row", () -> capture.ids("t").contains(1L));
    }
  }

  @Test
  void aSlotAheadOfThePositionIsRefused() {
    try (Capture capture = new Capture("check_ahead").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.stop();
      capture.sql("INSERT INTO @.t VALUES (1)");
      Source.query("SELECT pg_replication_slot_advance('check_ahead', pg_current_wal_lsn())");
      capture.start();
      assertComplaint(
          capture,
          "Replication slot `check_ahead` is confirmed up to",
          "something else advanced it",
          "SELECT pg_drop_replication_slot('check_ahead');");
      assertThat(capture.ids("t")).isEmpty();
      // What the message says helps: everything is read again.
      capture.dropSlot();
      eventually("the row", () -> capture.ids("t").contains(1L));
      eventually("a new epoch", () -> capture.isStreamingIn(2));
    }
  }
}
