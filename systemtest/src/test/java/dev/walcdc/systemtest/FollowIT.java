package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.walcdc.verify.VerifyReport;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is committed in PostgreSQL is in ClickHouse and Iceberg, whatever was done to it. */
@ExtendWith(LogOnFailure.class)
class FollowIT {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static RunningPipeline running;

  @BeforeAll
  static void start() throws SQLException {
    running = RunningPipeline.servers("follow");
    running.execute(
        "INSERT INTO app.users (name, email) SELECT 'n' || i, i || '@example.com' FROM generate_series(1, 3000) i",
        """
        CREATE TABLE app.kinds (
          id int PRIMARY KEY, b bool, s smallint, l bigint, f real, d double precision,
          n numeric(20, 4), wide numeric, day date, ts timestamp, tz timestamptz, u uuid,
          bytes bytea, note text, doc jsonb, fixed char(8), at time)
        """,
        """
        INSERT INTO app.kinds VALUES
          (1, true, -32768, 9223372036854775807, 'NaN', '-Infinity', -1234567890123456.7891,
           123456789012345678901234567890.123456789, '1999-12-31', '2026-02-28 23:59:59.999999',
           '2026-02-28 23:59:59.999999+05', '01234567-89ab-cdef-0123-456789abcdef', '\\x00ff10',
           E'tab\\tquote"back\\\\slash \\u00e9\\u4e16 \\U0001F600', '{"a": [1, null]}', 'ab', '13:14:15.000001'),
          (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
        """);
    running.startPipeline();
    running.awaitHealthy();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void rowsOfBeforeTheStartComeBySnapshotAndThoseAfterByChange() throws SQLException {
    running.execute(
        "INSERT INTO app.users (name, email) VALUES ('late', 'late@example.com')",
        "UPDATE app.users SET email = 'changed@example.com' WHERE id = 7",
        "DELETE FROM app.users WHERE id = 8",
        "UPDATE app.users SET id = id + 1000000 WHERE id = 9");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        running.clickHouse(
                            "SELECT count(), countIf(name = 'late'), countIf(email = 'changed@example.com'), countIf(id IN (8, 9)), countIf(id = 1000009) FROM app.users_current"))
                    .isEqualTo("3000\t1\t1\t0\t1"));
    assertAgreement();
  }

  @Test
  void aTableMadeLaterFlows() throws SQLException {
    running.execute(
        "CREATE TABLE app.later (a int, b text, note text, PRIMARY KEY (b, a))",
        "INSERT INTO app.later SELECT i, 'k' || i % 3, 'first' FROM generate_series(1, 500) i",
        "UPDATE app.later SET note = 'second' WHERE a % 2 = 0",
        "DELETE FROM app.later WHERE a % 5 = 0");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(running.clickHouse("SELECT count() FROM app.later_current"))
                    .isEqualTo("400"));
    assertAgreement();
  }

  @Test
  void truncateEmptiesTheSinks() throws SQLException {
    running.execute(
        "CREATE TABLE app.emptied (id int PRIMARY KEY)",
        "CREATE TABLE app.emptied_log (line text)",
        "INSERT INTO app.emptied SELECT generate_series(1, 100)",
        "INSERT INTO app.emptied_log SELECT 'line' FROM generate_series(1, 100)",
        "TRUNCATE app.emptied, app.emptied_log",
        "INSERT INTO app.emptied VALUES (3), (101)",
        "INSERT INTO app.emptied_log VALUES ('line'), ('line')");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        running.clickHouse(
                            "SELECT count(), (SELECT count() FROM app.emptied_log_current) FROM app.emptied_current"))
                    .isEqualTo("2\t2"));
    assertAgreement();
  }

  @Test
  void aColumnAddedWhileDataFlowArrives() throws SQLException {
    running.execute(
        "CREATE TABLE app.growing (id int PRIMARY KEY)",
        "INSERT INTO app.growing VALUES (1)",
        "ALTER TABLE app.growing ADD COLUMN colour text",
        "INSERT INTO app.growing VALUES (2, 'red')",
        "UPDATE app.growing SET colour = 'blue' WHERE id = 1");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(running.clickHouse("SELECT * FROM app.growing_current ORDER BY id"))
                    .isEqualTo("1\tblue\n2\tred"));
    assertAgreement();
  }

  @Test
  void icebergTablesAreReadByAnotherReader() throws SQLException {
    running.execute(
        "CREATE TABLE app.lakeside (id int PRIMARY KEY, name text)",
        "INSERT INTO app.lakeside VALUES (1, 'reed'), (2, 'heron')",
        "UPDATE app.lakeside SET name = 'swan' WHERE id = 2");
    var s3 = running.settings().s3();
    String table =
        "icebergS3('%s/%s/warehouse/app/lakeside/', '%s', '%s')"
            .formatted(s3.endpoint(), s3.bucket(), s3.accessKey(), s3.secretKey());
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(running.clickHouse("SELECT id, name FROM " + table + " ORDER BY id"))
                    .isEqualTo("1\treed\n2\tswan"));
  }

  private static void assertAgreement() {
    VerifyReport report = running.verify();
    assertThat(report.agrees()).as(report.toString()).isTrue();
  }
}
