package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.local.Server;
import dev.walcdc.verify.VerifyReport;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nothing is lost and nothing is applied twice, whatever dies while changes flow. */
@ExtendWith(LogOnFailure.class)
class CrashIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long SEED = 20_261_123;
  private RunningPipeline running;
  private Bank bank;

  @BeforeEach
  void start(TestInfo test) throws SQLException {
    running = RunningPipeline.servers(test.getTestMethod().orElseThrow().getName());
    bank = Bank.found(running.source());
  }

  @AfterEach
  void stop() {
    running.close();
  }

  @Test
  void thePipelineIsKilledAgainAndAgain() throws Exception {
    running.startPipeline();
    bank.open(2, SEED);
    for (int kill = 0; kill < 5; kill++) {
      awaitTransactions(400);
      running.killPipeline();
      if (kill % 2 == 0) {
        running.awaitHealthy(); // The other kills hit a pipeline that is still starting.
      }
    }
    awaitTransactions(400);
    bank.close();
    assertAgreement();
  }

  @Test
  void theBrokerIsAwayForAWhile() throws Exception {
    running.startPipeline();
    running.awaitHealthy();
    bank.open(2, SEED);
    awaitTransactions(400);
    running.stack().kill(Server.KAFKA);
    running.awaitUnhealthy();
    awaitTransactions(1_000);
    running.stack().start(Server.KAFKA);
    awaitTransactions(400);
    bank.close();
    assertAgreement();
    running.awaitHealthy();
  }

  @Test
  void thePipelineIsStoppedWhileTheBrokerIsAway() throws Exception {
    running.startPipeline();
    running.awaitHealthy();
    bank.open(2, SEED);
    awaitTransactions(400);
    running.stack().kill(Server.KAFKA);
    awaitTransactions(500);
    running.stopPipeline();
    awaitTransactions(300);
    bank.close();
    running.stack().start(Server.KAFKA);
    running.startPipeline();
    assertAgreement();
  }

  @Test
  void theSinksAreAwayForAWhile() throws Exception {
    running.startPipeline();
    running.awaitHealthy();
    bank.open(2, SEED);
    awaitTransactions(400);
    running.stack().kill(Server.CLICKHOUSE);
    running.stack().kill(Server.S3);
    running.stack().kill(Server.CATALOG);
    awaitTransactions(1_000);
    running.stack().start(Server.CATALOG);
    running.stack().start(Server.S3);
    running.stack().start(Server.CLICKHOUSE);
    awaitTransactions(400);
    bank.close();
    assertAgreement();
  }

  @Test
  void theSourceIsKilled() throws Exception {
    running.startPipeline();
    running.awaitHealthy();
    running.execute(
        "INSERT INTO bank.history SELECT i, 1, i, now() FROM generate_series(1, 5000) i");
    running.stack().kill(Server.POSTGRES);
    running.stack().start(Server.POSTGRES);
    bank.open(2, SEED);
    awaitTransactions(400);
    bank.close();
    assertAgreement();
  }

  private void awaitTransactions(int more) {
    long until = bank.transactions() + more;
    await().atMost(PATIENCE).until(() -> bank.transactions() >= until);
  }

  private void assertAgreement() {
    VerifyReport report = running.verify();
    assertThat(report.agrees()).as(report.toString()).isTrue();
    assertThat(report.tables()).extracting(VerifyReport.Table::table).contains("bank.history");
  }
}
