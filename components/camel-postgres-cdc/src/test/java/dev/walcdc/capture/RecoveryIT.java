package dev.walcdc.capture;

import static dev.walcdc.capture.Capture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.local.Server;
import org.junit.jupiter.api.Test;

/** Capture comes back by itself, and a quiet database holds no WAL. */
class RecoveryIT {

  @Test
  void anEngineThatDiesIsStartedAgain() {
    try (Capture capture = new Capture("recover_walsender").table("t", "id int PRIMARY KEY")) {
      capture.with("backOff", 1_500).with("backOffMax", 1_500).start().streaming();
      eventually("healthy", capture::isHealthy);
      Source.query(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'recover_walsender'");
      capture.sql("INSERT INTO @.t VALUES (1)");
      eventually("health check is down", () -> !capture.isHealthy());
      eventually("the row", () -> capture.ids("t").contains(1L));
      eventually("healthy again", capture::isHealthy);
      assertThat(capture.lastState().epoch()).isEqualTo(1);
    }
  }

  @Test
  void aDatabaseThatDiesAndComesBackLosesNothing() {
    try (Capture capture = new Capture("recover_postgres").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.sql("INSERT INTO @.t SELECT generate_series(1, 5000)");
      Source.stack().kill(Server.POSTGRES);
      eventually("health check is down", () -> !capture.isHealthy());
      Source.stack().start(Server.POSTGRES);
      capture.sql("INSERT INTO @.t VALUES (5001)");
      eventually("all rows", () -> capture.ids("t").size() == 5001);
      eventually("healthy again", capture::isHealthy);
      assertThat(capture.lastState().epoch()).isEqualTo(1);
    }
  }

  @Test
  void heartbeatsReleaseTheLastTransaction() {
    try (Capture capture = new Capture("quiet").table("t", "id int PRIMARY KEY")) {
      capture.start().streaming();
      capture.sql("INSERT INTO @.t VALUES (1)");
      eventually("the row", () -> capture.ids("t").contains(1L));
      long written = Capture.currentLsn();
      eventually("the position passes it", () -> capture.lastState().position().lsn() > written);
      eventually("and so does the slot", () -> capture.confirmedFlush() > written);
      assertThat(capture.lastState().nextOffsets().get(capture.topic("t"))).containsEntry(0, 1L);
      assertThat(Log.topics()).doesNotContain(capture.topic("heartbeat"));
    }
  }

  /** Another capture's heartbeats are no changes either. */
  @Test
  void rowsOfAHeartbeatTableThatMayNotBeWrittenAreNotForwarded() {
    try (Capture capture = new Capture("quiet_foreign").table("t", "id int PRIMARY KEY");
        Role role = new Role("quiet_foreign_role")) {
      role.runs(
          "GRANT USAGE ON SCHEMA quiet_foreign TO @",
          "GRANT SELECT ON ALL TABLES IN SCHEMA quiet_foreign TO @");
      role.captures(capture);
      capture.sql("INSERT INTO @.heartbeat VALUES (1, now())", "INSERT INTO @.t VALUES (1)");
      capture.start().streaming();
      capture.sql("UPDATE @.heartbeat SET beat_at = now()", "INSERT INTO @.t VALUES (2)");
      eventually("the row", () -> capture.ids("t").contains(2L));
      assertThat(Log.topics()).doesNotContain(capture.topic("heartbeat"));
    }
  }
}
