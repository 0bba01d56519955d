package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.local.ConnectionSettings;
import dev.walcdc.verify.VerifyReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both sinks follow topics that stock Debezium writes, with the schema in every record and without
 * any, over a kill of the pipeline and a new column.
 */
@Timeout(900)
class StockEnvelopesIT {

  @TempDir private static Path folder;

  private static RunningPipeline running;

  @BeforeAll
  static void start() {
    running = RunningPipeline.servers("stock-envelopes");
    running.startPipeline(Map.of("INGESTION_MODE", "stock", "TOPIC_PREFIX", StockDebezium.PREFIX));
    running.awaitHealthy();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void inlineSchemasGiveEveryValueItsType() throws Exception {
    running.execute(
        "CREATE SCHEMA IF NOT EXISTS app",
        "CREATE TABLE app.typed (id bigint PRIMARY KEY, s smallint, i int, ok bool, name text,"
            + " v varchar(20), price numeric(12,3), wide numeric(60,2), f4 real, f8 double precision,"
            + " d date, t time, ts timestamp, ts3 timestamp(3), tz timestamptz, u uuid, j jsonb,"
            + " bin bytea)",
        typedRows(1, 40));
    try (StockDebezium debezium = debezium("app.typed", true)) {
      patiently()
          .until(() -> running.clickHouse("SELECT count() FROM app.typed_current").equals("40"));
      running.execute(
          typedRows(41, 60),
          "UPDATE app.typed SET price = price + 0.001, name = NULL WHERE id % 3 = 0",
          "DELETE FROM app.typed WHERE id % 7 = 0",
          "UPDATE app.typed SET id = id + 1000 WHERE id % 11 = 0");
      running.killPipeline();
      running.execute(
          typedRows(61, 80),
          "ALTER TABLE app.typed ADD more text",
          "UPDATE app.typed SET more = 'm' || id, ts = NULL WHERE id % 5 = 0",
          "DELETE FROM app.typed WHERE id BETWEEN 70 AND 75");
      running.awaitHealthy();

      VerifyReport report =
          running.verify(
              StockDebezium.PREFIX, List.of(new TableName("app", "typed")), Duration.ofMinutes(2));
      assertThat(report.agrees()).as(report.toString()).isTrue();
      assertThat(report.tables().get(0).rows()).isPositive();
      assertThat(running.clickHouse("SELECT toTypeName(price) FROM app.typed_current LIMIT 1"))
          .contains("Decimal(12, 3)");
    }
  }

  private static String typedRows(int from, int to) {
    return """
        INSERT INTO app.typed SELECT i, i %% 300, -i * 1000, i %% 2 = 0, 'name "' || i, 'v' || i,
          i * 1.125, i * 1e50, i / 8.0, i / 3.0, date '1999-12-31' + i, time '23:59:59.999999',
          timestamp '2026-03-29 02:30:00.123456' + i * interval '1 hour',
          timestamp '2026-03-29 02:30:00.123' + i * interval '1 hour',
          timestamptz '2026-03-29 02:30:00.123456Z' + i * interval '1 hour', gen_random_uuid(),
          jsonb_build_object('i', i, 'n', 1e30), decode(md5(i::text), 'hex')
        FROM generate_series(%d, %d) i"""
        .formatted(from, to);
  }

  @Test
  void withoutSchemasEveryColumnIsText() throws Exception {
    running.execute(
        "CREATE SCHEMA IF NOT EXISTS app",
        "CREATE TABLE app.plain (id int PRIMARY KEY, name text, n bigint, ok bool)",
        "INSERT INTO app.plain SELECT i, 'n' || i, i * 10, i % 2 = 0 FROM generate_series(1, 30) i");
    try (StockDebezium debezium = debezium("app.plain", false)) {
      patiently()
          .until(() -> running.clickHouse("SELECT count() FROM app.plain_current").equals("30"));
      running.execute(
          "UPDATE app.plain SET n = -n, name = NULL WHERE id <= 10",
          "DELETE FROM app.plain WHERE id > 20",
          "UPDATE app.plain SET ok = NULL WHERE id = 11");
      running.killPipeline();
      running.execute("INSERT INTO app.plain VALUES (99, 'last', 9007199254740993, true)");
      running.awaitHealthy();

      String columns =
          "toTypeName(n) = 'Nullable(String)', id, name, n, ok FROM %s ORDER BY toInt32(id)";
      StringBuilder expected = new StringBuilder();
      for (int id = 1; id <= 20; id++) {
        boolean early = id <= 10;
        expected.append(
            "1\t%d\t%s\t%d\t%s%n"
                .formatted(
                    id,
                    early ? "\\N" : "n" + id,
                    early ? -10 * id : 10 * id,
                    id == 11 ? "\\N" : id % 2 == 0));
      }
      expected.append("1\t99\tlast\t9007199254740993\ttrue");
      patiently()
          .untilAsserted(
              () ->
                  assertThat(running.clickHouse("SELECT " + columns.formatted("app.plain_current")))
                      .isEqualTo(expected.toString()));
      ConnectionSettings.S3 s3 = running.settings().s3();
      String lake =
          "icebergS3('%s/%s/warehouse/app/plain/', '%s', '%s')"
              .formatted(s3.endpoint(), s3.bucket(), s3.accessKey(), s3.secretKey());
      patiently()
          .untilAsserted(
              () ->
                  assertThat(running.clickHouse("SELECT " + columns.formatted(lake)))
                      .isEqualTo(expected.toString().replace("Nullable(String)", "String")));
    }
  }

  private static StockDebezium debezium(String table, boolean schemas) {
    return new StockDebezium(
        running.source(), running.settings().kafka().bootstrapServers(), table, schemas, folder);
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofMinutes(3)).pollInterval(Duration.ofMillis(500));
  }
}
