package dev.walcdc.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.walcdc.verify.VerifyReport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Which row a change is about: keys of every kind, what PostgreSQL sends of the row before, names
 * that need quotes, values that it leaves out.
 */
@ExtendWith(LogOnFailure.class)
class IdentityIT {

  private static final long SEED = 20_261_124;
  private static RunningPipeline running;

  @BeforeAll
  static void start() throws SQLException {
    running = RunningPipeline.servers("identity");
    running.execute(
        "CREATE TABLE app.snapshotted (id int PRIMARY KEY, note text)",
        "INSERT INTO app.snapshotted SELECT i, 'n' || i FROM generate_series(1, 100) i");
    running.startPipeline();
    running.awaitHealthy();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void replicaIdentityMayBeTheKeyTheWholeRowOrAnotherIndexWithTheKey() throws SQLException {
    running.execute(
        "CREATE TABLE app.by_default (id int PRIMARY KEY, a text, b text)",
        "CREATE TABLE app.by_full (id int PRIMARY KEY, a text, b text)",
        "ALTER TABLE app.by_full REPLICA IDENTITY FULL",
        "CREATE TABLE app.by_index (id int PRIMARY KEY, a text NOT NULL, b text)",
        "CREATE UNIQUE INDEX by_index_identity ON app.by_index (a, id)",
        "ALTER TABLE app.by_index REPLICA IDENTITY USING INDEX by_index_identity");
    for (String table : List.of("by_default", "by_full", "by_index")) {
      running.execute(
          "INSERT INTO app.%s SELECT i, 'a' || i, 'b' FROM generate_series(1, 20) i"
              .formatted(table),
          "UPDATE app.%s SET b = NULL WHERE id % 2 = 0".replace("%s", table),
          "UPDATE app.%s SET id = id + 100, a = a || '+' WHERE id > 15".replace("%s", table),
          "DELETE FROM app.%s WHERE id % 5 = 0".replace("%s", table));
    }
    assertAgreement("app.by_default", "app.by_full", "app.by_index");
  }

  @Test
  void keysOfSeveralColumnsMoveAsAWholeOrInPart() throws SQLException {
    running.execute(
        "CREATE TABLE app.composite (region text, day date, n int, amount numeric(12, 2), PRIMARY KEY (n, region, day))",
        "INSERT INTO app.composite SELECT 'r' || i % 3, date '2026-01-01' + i, i, i FROM generate_series(1, 200) i",
        "UPDATE app.composite SET region = 'moved' WHERE n % 7 = 0",
        "UPDATE app.composite SET day = day + 1, amount = -amount WHERE n % 11 = 0",
        "DELETE FROM app.composite WHERE n % 13 = 0",
        "INSERT INTO app.composite SELECT 'r0', date '2026-02-02', i, 0 FROM generate_series(1, 50) i ON CONFLICT DO NOTHING");
    assertAgreement("app.composite");
  }

  @Test
  void aKeyIsFreeAgainOnceItsRowIsGone() throws SQLException {
    running.execute(
        "CREATE TABLE app.reused (id int PRIMARY KEY, generation int)",
        "INSERT INTO app.reused SELECT i, 0 FROM generate_series(1, 50) i",
        """
        DO $$ BEGIN
          FOR g IN 1..20 LOOP
            DELETE FROM app.reused WHERE id % 3 = g % 3;
            INSERT INTO app.reused SELECT i, g FROM generate_series(1, 50) i WHERE i % 3 = g % 3;
            UPDATE app.reused SET id = -id WHERE id % 10 = 0;
            UPDATE app.reused SET id = -id WHERE id < 0;
          END LOOP;
        END $$
        """,
        "DELETE FROM app.reused WHERE id = 1",
        "INSERT INTO app.reused VALUES (1, 99)",
        "DELETE FROM app.reused WHERE id = 2");
    assertAgreement("app.reused");
  }

  @Test
  void namesMayNeedQuotes() throws SQLException {
    running.execute(
        "CREATE SCHEMA \"Sales Dept\"",
        "CREATE TABLE \"Sales Dept\".\"select\" (\"Order\" int PRIMARY KEY, \"größe\" text, \"a \"\"b\"\" c\" int, \"名前\" text)",
        "INSERT INTO \"Sales Dept\".\"select\" SELECT i, 'x', i, '世' || i FROM generate_series(1, 30) i",
        "UPDATE \"Sales Dept\".\"select\" SET \"größe\" = 'ß' WHERE \"Order\" % 2 = 0",
        "DELETE FROM \"Sales Dept\".\"select\" WHERE \"Order\" % 3 = 0",
        "CREATE TABLE app.\"Users\" (\"Id\" int PRIMARY KEY, \"table\" text)",
        "INSERT INTO app.\"Users\" VALUES (1, 'beside app.users')");
    assertAgreement("Sales Dept.select", "app.Users");
  }

  @Test
  void tablesOfOneNameInTwoSchemasStayApart() throws SQLException {
    running.execute(
        "CREATE SCHEMA north",
        "CREATE SCHEMA south",
        "CREATE TABLE north.stock (id int PRIMARY KEY, item text)",
        "CREATE TABLE south.stock (item text, id bigint, PRIMARY KEY (item))",
        "INSERT INTO north.stock VALUES (1, 'anchor'), (2, 'buoy')",
        "INSERT INTO south.stock VALUES ('anchor', 1), ('cleat', 2)",
        "UPDATE north.stock SET item = 'chain' WHERE id = 1",
        "DELETE FROM south.stock WHERE item = 'anchor'");
    assertAgreement("north.stock", "south.stock");
  }

  @Test
  void partitionsFlowAsTheirRoot() throws SQLException {
    running.execute(
        "CREATE TABLE app.measured (id int, day date, value float8, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
        "CREATE TABLE app.measured_2025 PARTITION OF app.measured FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        "CREATE TABLE app.measured_2026 PARTITION OF app.measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "INSERT INTO app.measured SELECT i, date '2025-12-01' + i, i FROM generate_series(1, 60) i",
        "UPDATE app.measured SET value = -value WHERE id % 2 = 0",
        "UPDATE app.measured SET day = '2025-06-01' WHERE id = 60",
        "DELETE FROM app.measured WHERE id % 7 = 0");
    assertAgreement("app.measured");
  }

  @Test
  void valuesThatWereLeftOutStay() throws SQLException {
    running.execute(
        "CREATE TABLE app.long_values (id int PRIMARY KEY, counter int, short text, big text, bytes bytea, doc jsonb)",
        "ALTER TABLE app.long_values ALTER COLUMN big SET STORAGE EXTERNAL, ALTER COLUMN bytes SET STORAGE EXTERNAL");
    Random random = new Random(SEED);
    System.out.printf("Long values with seed %d%n", SEED);
    try (Connection connection = running.source().open();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO app.long_values VALUES (?, 0, 's', ?, ?, jsonb_build_object('k', ?))")) {
      for (int id = 1; id <= 12; id++) {
        int length = 8 << 10 << random.nextInt(8); // 8 KiB to 1 MiB
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        String text =
            random
                .ints(length, 'a', 'z' + 1)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        insert.setInt(1, id);
        insert.setString(2, text);
        insert.setBytes(3, bytes);
        insert.setString(4, text.substring(0, 8 << 10));
        insert.execute();
      }
    }
    running.execute(
        "UPDATE app.long_values SET counter = counter + 1",
        "UPDATE app.long_values SET short = 'changed' WHERE id % 2 = 0",
        "UPDATE app.long_values SET big = NULL WHERE id = 3",
        "UPDATE app.long_values SET big = repeat('new', 9000), counter = 7 WHERE id = 4",
        "UPDATE app.long_values SET counter = counter + 1 WHERE id IN (3, 4)",
        "DELETE FROM app.long_values WHERE id = 5");
    assertAgreement("app.long_values");
  }

  @Test
  void generatedColumnsAreTheSourcesOwnAffair() throws SQLException {
    running.execute(
        "CREATE TABLE app.generated (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, net numeric(10, 2), gross numeric(10, 2) GENERATED ALWAYS AS (net * 1.19) STORED)",
        "INSERT INTO app.generated (net) SELECT i FROM generate_series(1, 20) i",
        "UPDATE app.generated SET net = net + 0.5 WHERE id % 2 = 0",
        "DELETE FROM app.generated WHERE id % 5 = 0");
    assertAgreement("app.generated");
  }

  @Test
  void severalTablesAreTruncatedAndFilledAgainInOneTransaction() throws SQLException {
    running.execute(
        "CREATE TABLE app.parents (id int PRIMARY KEY)",
        "CREATE TABLE app.children (id int PRIMARY KEY, parent int REFERENCES app.parents)",
        "CREATE TABLE app.lines (line text)",
        "INSERT INTO app.parents SELECT generate_series(1, 50)",
        "INSERT INTO app.children SELECT i, i FROM generate_series(1, 50) i",
        "INSERT INTO app.lines SELECT 'l' FROM generate_series(1, 50)",
        """
        DO $$ BEGIN
          INSERT INTO app.parents VALUES (100);
          TRUNCATE app.parents, app.lines CASCADE;
          INSERT INTO app.parents VALUES (7), (200);
          INSERT INTO app.children VALUES (7, 200);
          INSERT INTO app.lines VALUES ('l'), ('l');
        END $$
        """);
    assertAgreement("app.parents", "app.children", "app.lines");
  }

  private static void assertAgreement(String... tables) {
    VerifyReport report = running.verify();
    assertThat(report.tables()).extracting(VerifyReport.Table::table).contains(tables);
    assertThat(report.agrees()).as(report.toString()).isTrue();
  }
}
