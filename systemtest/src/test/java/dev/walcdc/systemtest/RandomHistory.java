package dev.walcdc.systemtest;

import static org.awaitility.Awaitility.await;

import dev.walcdc.capture.source.SourceConnection;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.postgresql.PGConnection;

/**
 * Random tables and random transactions over them: inserts of one row and of many, updates that
 * meet several rows, changed keys, deletions, TRUNCATE, COPY, savepoints and rollbacks, in two
 * sessions whose transactions overlap. One thread does it all and each session has tables of its
 * own, so the seed fixes everything, the order of commits as well. What was done is in a file.
 */
final class RandomHistory {

  private static final int SESSIONS = 2;
  private static final int TABLES_PER_SESSION = 3;

  private final SourceConnection source;
  private final String schema;
  private final Random random;
  private final Path script;
  private long statements;

  /**
   * @param schema of its tables; made anew
   * @param script gets all statements, each with its session
   */
  RandomHistory(SourceConnection source, String schema, long seed, Path script) {
    System.out.printf("Random history in schema %s with seed %d%n", schema, seed);
    this.source = source;
    this.schema = schema;
    this.random = new Random(seed);
    this.script = script;
  }

  private final class Session {
    private final int number;
    private final List<RandomTable> tables;
    private final PrintWriter log;
    private Connection connection;

    private Session(int number, Connection connection, List<RandomTable> tables, PrintWriter log) {
      this.number = number;
      this.connection = connection;
      this.tables = tables;
      this.log = log;
    }

    /** Begins anew where the server went away; what was not committed is undone. */
    private void reconnect() throws SQLException {
      log.printf("/* %d */ -- the connection was lost%n", number);
      try {
        connection.close();
      } catch (SQLException e) {
        log.printf("/* %d */ -- %s%n", number, e.getSQLState());
      }
      connection =
          await()
              .atMost(Duration.ofMinutes(2))
              .ignoreExceptionsInstanceOf(SQLException.class)
              .until(source::open, Objects::nonNull);
      connection.setAutoCommit(false);
    }

    private void execute(String sql) throws SQLException {
      log.printf("/* %d */ %s;%n", number, sql);
      statements++;
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    /** A statement may meet a key that is there: then it alone is undone. */
    private void attempt(String sql) throws SQLException {
      Savepoint before = connection.setSavepoint();
      try {
        execute(sql);
        connection.releaseSavepoint(before);
      } catch (SQLException e) {
        if (e.getSQLState() == null || !e.getSQLState().startsWith("23")) {
          throw e;
        }
        log.printf("/* %d */ -- undone: %s%n", number, e.getSQLState());
        connection.rollback(before);
      }
    }
  }

  /** Makes the tables and changes them for so many steps, or until it is enough. */
  RandomHistory run(int steps, BooleanSupplier enough) throws SQLException, IOException {
    return run(steps, Duration.ZERO, enough);
  }

  /**
   * As above, with time between the steps; then the source may go away meanwhile, and what happens
   * depends on that as well.
   */
  RandomHistory run(int steps, Duration think, BooleanSupplier enough)
      throws SQLException, IOException {
    Files.createDirectories(script.getParent());
    List<Session> sessions = new ArrayList<>();
    try (PrintWriter log =
        new PrintWriter(Files.newBufferedWriter(script, StandardCharsets.UTF_8))) {
      try {
        for (int number = 0; number < SESSIONS; number++) {
          sessions.add(open(number, log));
        }
        for (int step = 0; step < steps && !enough.getAsBoolean(); step++) {
          Session session = sessions.get(random.nextInt(SESSIONS));
          try {
            step(session);
          } catch (SQLException e) {
            if (!Bank.isOutage(e)) {
              throw e;
            }
            session.reconnect();
          }
          LockSupport.parkNanos(think.toNanos());
        }
        for (Session session : sessions) {
          session.log.printf("/* %d */ COMMIT;%n", session.number);
          session.connection.commit();
        }
      } finally {
        for (Session session : sessions) {
          session.connection.close();
        }
      }
    }
    return this;
  }

  /** How many statements were executed. */
  long statements() {
    return statements;
  }

  private Session open(int number, PrintWriter log) throws SQLException {
    List<RandomTable> tables = new ArrayList<>();
    Session session = new Session(number, source.open(), tables, log);
    if (number == 0) {
      session.execute("DROP SCHEMA IF EXISTS %s CASCADE".formatted(schema));
      session.execute("CREATE SCHEMA %s".formatted(schema));
    }
    for (int i = 0; i < TABLES_PER_SESSION; i++) {
      RandomTable table = RandomTable.draw(schema, number * TABLES_PER_SESSION + i, random);
      tables.add(table);
      for (String sql : table.ddl()) {
        session.execute(sql);
      }
    }
    session.connection.setAutoCommit(false);
    return session;
  }

  private void step(Session session) throws SQLException, IOException {
    RandomTable table = session.tables.get(random.nextInt(session.tables.size()));
    int dice = random.nextInt(100);
    if (dice < 12) {
      session.log.printf("/* %d */ COMMIT;%n", session.number);
      session.connection.commit();
    } else if (dice < 15) {
      session.log.printf("/* %d */ ROLLBACK;%n", session.number);
      session.connection.rollback();
    } else if (dice < 20) {
      undone(session, table);
    } else if (dice < 23) {
      copy(session, table);
    } else if (dice < 24) {
      session.execute("TRUNCATE %s".formatted(table.name()));
    } else {
      session.attempt(change(table, dice));
    }
  }

  private String change(RandomTable table, int dice) {
    if (!table.hasKey() || dice < 50) {
      return insert(table, dice % 5 == 0 ? 1 + random.nextInt(60) : 1);
    }
    if (dice < 58) {
      return insert(table, 1)
          + " ON CONFLICT (%s) DO UPDATE SET %s"
              .formatted(table.keyNames(), table.assignments(random));
    }
    if (dice < 78) {
      return "UPDATE %s SET %s WHERE %s"
          .formatted(table.name(), table.assignments(random), table.condition(random));
    }
    if (dice < 86 && table.mayChangeKeys()) {
      return "UPDATE %s SET %s WHERE %s"
          .formatted(table.name(), table.keyAssignment(random), table.condition(random));
    }
    return "DELETE FROM %s WHERE %s".formatted(table.name(), table.condition(random));
  }

  private String insert(RandomTable table, int rows) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      values.add(table.row(random));
    }
    return "INSERT INTO %s VALUES %s%s"
        .formatted(
            table.name(),
            String.join(", ", values),
            rows > 1 && table.hasKey() ? " ON CONFLICT DO NOTHING" : "");
  }

  /** Changes inside of a savepoint, which is then rolled back, or kept. */
  private void undone(Session session, RandomTable table) throws SQLException {
    Savepoint savepoint = session.connection.setSavepoint();
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      session.attempt(change(table, 24 + random.nextInt(76)));
    }
    if (random.nextInt(4) > 0) {
      session.log.printf("/* %d */ -- back to the savepoint%n", session.number);
      session.connection.rollback(savepoint);
    }
  }

  /** Rows of this very table, to end up in it once more: COPY writes many under one LSN. */
  private void copy(Session session, RandomTable table) throws SQLException, IOException {
    if (table.hasKey()) {
      session.execute(
          "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM %s LIMIT 200"
              .formatted(table.name()));
      session.execute("DELETE FROM %s".formatted(table.name()));
    } else {
      session.execute(
          "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM %s LIMIT 50"
              .formatted(table.name()));
    }
    PGConnection connection = session.connection.unwrap(PGConnection.class);
    try (Statement statement = session.connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM copied")) {
      count.next();
      session.log.printf(
          "/* %d */ COPY %s FROM copied; -- %d rows%n",
          session.number, table.name(), count.getLong(1));
    }
    StringWriter lines = new StringWriter();
    connection.getCopyAPI().copyOut("COPY copied TO STDOUT", lines);
    connection
        .getCopyAPI()
        .copyIn("COPY %s FROM STDIN".formatted(table.name()), new StringReader(lines.toString()));
    session.execute("DROP TABLE copied");
  }
}
