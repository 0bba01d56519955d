package dev.walcdc.systemtest;

import static dev.walcdc.systemtest.SplitPipeline.CLICKHOUSE;
import static dev.walcdc.systemtest.SplitPipeline.ICEBERG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.local.Server;
import dev.walcdc.systemtest.FaultProxy.Weather;
import dev.walcdc.verify.VerifyReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * A sink's server or disk does not take what comes, for a good while; nothing is lost or doubled.
 */
class OutageIT {

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final long SEED = 20_261_126;

  private RunningPipeline servers;
  private FaultProxy s3;
  private Bank bank;
  private SplitPipeline pipeline;

  @BeforeEach
  void start(TestInfo test) throws SQLException {
    servers = RunningPipeline.servers(test.getTestMethod().orElseThrow().getName());
    s3 = new FaultProxy(servers.settings().s3().endpoint(), SEED);
    bank = Bank.found(servers.source());
    pipeline = new SplitPipeline(servers, Map.of("ICEBERG_S3_ENDPOINT", s3.endpoint().toString()));
  }

  @AfterEach
  void stop() {
    pipeline.close();
    s3.close();
    servers.close();
  }

  /** The two sinks are apart: one minute serves both. */
  @Test
  void clickHouseIsAwayForAMinuteWhileS3IsIll() throws Exception {
    pipeline.startAll().awaitHealthy();
    bank.open(2, SEED, Duration.ofMillis(20));
    bank.awaitTransactions(100);
    servers.stack().kill(Server.CLICKHOUSE);
    long back = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    for (Weather weather : new Weather[] {Weather.FAILING, Weather.SLOW, Weather.BREAKING}) {
      s3.set(weather);
      Fault.pause(Duration.ofSeconds(18));
    }
    pipeline.awaitUnhealthy(CLICKHOUSE);
    s3.set(Weather.FAIR);
    Fault.pause(Duration.ofNanos(back - System.nanoTime()));
    servers.stack().start(Server.CLICKHOUSE);
    bank.awaitTransactions(100);
    bank.close();
    assertAgreement();
    pipeline.awaitHealthy();
  }

  @Test
  void clickHouseReadsOnlyAndTheDiskOfTheIcebergSinkIsFull() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(servers.home().resolve("small-disk"))) {
      pipeline.startAll();
      pipeline.stop(ICEBERG);
      pipeline.start(ICEBERG, Map.of("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + disk.folder()));
      pipeline.awaitHealthy();
      bank.open(2, SEED, Duration.ofMillis(20));
      bank.awaitTransactions(100);
      await()
          .atMost(PATIENCE)
          .until(() -> servers.clickHouse("SELECT count() FROM bank.history").matches("\\d+"));
      disk.fill();
      servers.clickHouse("ALTER TABLE bank.history MODIFY SETTING table_readonly = 1");
      pipeline.awaitUnhealthy(CLICKHOUSE);
      pipeline.awaitUnhealthy(ICEBERG);
      awaitWords(CLICKHOUSE, "readonly mode");
      awaitWords(ICEBERG, "No space left");
      bank.awaitTransactions(100);
      disk.free();
      servers.clickHouse("ALTER TABLE bank.history RESET SETTING table_readonly");
      bank.awaitTransactions(50);
      bank.close();
      assertAgreement();
      pipeline.awaitHealthy();
    }
  }

  private void awaitWords(String stage, String words) {
    await(stage + " says: " + words)
        .atMost(PATIENCE)
        .until(() -> !pipeline.said(stage, words).isEmpty());
  }

  /** A disk of 16 MiB, a little for what libraries unpack; only root may have one. */
  private record SmallDisk(Path folder) implements AutoCloseable {

    static SmallDisk mount(Path folder) throws IOException, InterruptedException {
      Files.createDirectories(folder);
      int code = run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder.toString());
      assumeThat(code).as("a tmpfs can be mounted here").isZero();
      return new SmallDisk(folder);
    }

    void fill() throws IOException {
      try (var out = Files.newOutputStream(folder.resolve("filler"))) {
        while (true) {
          out.write(new byte[4096]);
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("No space left");
      }
    }

    void free() throws IOException {
      Files.delete(folder.resolve("filler"));
    }

    @Override
    public void close() throws IOException, InterruptedException {
      run("umount", "-l", folder.toString());
    }

    private static int run(String... command) throws IOException, InterruptedException {
      return new ProcessBuilder(command).redirectErrorStream(true).inheritIO().start().waitFor();
    }
  }

  private void assertAgreement() {
    VerifyReport report = servers.verify();
    assertThat(report.agrees()).as(report.toString()).isTrue();
    assertThat(report.tables()).extracting(VerifyReport.Table::table).contains("bank.history");
  }
}
