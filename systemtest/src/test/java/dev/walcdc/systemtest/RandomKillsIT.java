package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.systemtest.Fault.Scene;
import dev.walcdc.verify.VerifyReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** kill -9 of every process but the source's, five times each, at random times. */
class RandomKillsIT {

  private static final int KILLS = 5;
  private static final long SEED = 20_261_125;

  @Test
  void allAgreeAfterwards() throws Exception {
    try (RunningPipeline servers = RunningPipeline.servers("random-kills");
        FaultProxy s3 = new FaultProxy(servers.settings().s3().endpoint(), SEED);
        Bank bank = Bank.found(servers.source());
        SplitPipeline pipeline =
            new SplitPipeline(servers, Map.of("ICEBERG_S3_ENDPOINT", s3.endpoint().toString()))
                .startAll()) {
      pipeline.awaitHealthy();
      bank.open(2, SEED, Duration.ofMillis(20));
      Chaos chaos = new Chaos(new Scene(servers, pipeline, s3), SEED);
      for (int i = 0; i < KILLS; i++) {
        chaos.round(
            List.of(
                Fault.KILL_CAPTURE,
                Fault.KILL_CLICKHOUSE_SINK,
                Fault.KILL_ICEBERG_SINK,
                Fault.KILL_CLICKHOUSE,
                Fault.KILL_BROKER,
                Fault.KILL_CATALOG),
            () -> false);
      }
      bank.close();
      VerifyReport report = servers.verify();
      assertThat(report.agrees()).as(report.toString()).isTrue();
      assertThat(report.tables()).extracting(VerifyReport.Table::table).contains("bank.history");
      assertThat(chaos.struck().values()).hasSize(6).allMatch(times -> times == KILLS);
      pipeline.awaitHealthy();
    }
  }
}
