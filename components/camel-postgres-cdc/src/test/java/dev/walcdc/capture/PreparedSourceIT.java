package dev.walcdc.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.walcdc.capture.source.Finding;
import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.capture.source.SourceDoctor;
import dev.walcdc.local.ConnectionSettings.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The SQL that a cluster prepares its source with leaves the doctor nothing to say. */
class PreparedSourceIT {

  private static final Path SQL = Path.of("../../infra/kubernetes/postgres/sql");

  /** Of a database of its own, for the SQL goes over all tables of one. */
  private static final String DATABASE = "prepared";

  private final Postgres server = Source.settings();

  @BeforeEach
  void make() throws Exception {
    Source.run(
        "CREATE DATABASE " + DATABASE,
        "CREATE ROLE walcdc LOGIN REPLICATION PASSWORD 'secret'",
        "CREATE ROLE reader LOGIN PASSWORD 'secret'");
    runs(
        Files.readString(SQL.resolve("init.sql")),
        "CREATE TABLE app.long (id int PRIMARY KEY, body text)",
        "CREATE TABLE app.short (id int PRIMARY KEY, n int)",
        "CREATE TABLE app.silent (id int PRIMARY KEY, body text)",
        "ALTER TABLE app.silent REPLICA IDENTITY NOTHING",
        "CREATE TABLE app.parts (id int PRIMARY KEY, body text) PARTITION BY RANGE (id)",
        "CREATE TABLE app.part PARTITION OF app.parts FOR VALUES FROM (0) TO (9)",
        "CREATE TABLE app.keyless (n int)");
  }

  @AfterEach
  void drop() {
    Source.run(
        "DROP DATABASE %s WITH (FORCE)".formatted(DATABASE),
        "DROP ROLE walcdc",
        "DROP ROLE reader");
  }

  @Test
  void theDoctorHasNothingToSay() throws Exception {
    assertThat(findings()).isNotEmpty();
    prepare();
    assertThat(findings()).isEmpty();
    assertThat(identities("long", "short", "silent", "part", "keyless"))
        .containsExactly("f", "d", "f", "f", "d");
  }

  @Test
  void whatIsThereStaysAndWhatIsMissingIsAdded() throws Exception {
    prepare();
    runs(
        "DROP PUBLICATION walcdc",
        "CREATE PUBLICATION walcdc FOR TABLE app.short WITH (publish = 'insert')",
        "INSERT INTO walcdc.heartbeat VALUES (1, now())");
    prepare();
    prepare();
    assertThat(findings()).isEmpty();
    assertThat(single("SELECT count(*) FROM walcdc.heartbeat")).isEqualTo("1");
    assertThat(single("SELECT count(*) FROM pg_publication_tables")).isEqualTo("3");
  }

  @Test
  void tablesThatAreMadeLaterAreReadable() throws Exception {
    prepare();
    runs("CREATE TABLE app.later (id int PRIMARY KEY)");
    assertThat(findings()).isEmpty();
  }

  @Test
  void aRoleThatMayNotReplicateIsRefused() throws Exception {
    Source.run("ALTER ROLE walcdc NOREPLICATION");
    assertThatThrownBy(this::prepare).hasMessageContaining("Role walcdc may not read the WAL");
  }

  private void prepare() throws IOException, SQLException {
    runs(Files.readString(SQL.resolve("prepare-source.sql")));
  }

  private List<Finding> findings() throws SQLException {
    return new SourceDoctor(
            new SourceConnection(server.host(), server.port(), DATABASE, "walcdc", "secret"))
        .examine("walcdc", OwnTables.STANDARD);
  }

  private List<String> identities(String... tables) throws SQLException {
    return List.of(
        single(
                "SELECT string_agg(relreplident::text, ',' ORDER BY ordinality) FROM unnest('{%s}'::text[]) WITH ORDINALITY AS t (name, ordinality) JOIN pg_class ON oid = ('app.' || name)::regclass"
                    .formatted(String.join(",", tables)))
            .split(","));
  }

  private Connection open() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(server.host(), server.port(), DATABASE),
        server.user(),
        server.password());
  }

  private void runs(String... statements) throws SQLException {
    try (Connection connection = open();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private String single(String sql) throws SQLException {
    try (Connection connection = open();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
