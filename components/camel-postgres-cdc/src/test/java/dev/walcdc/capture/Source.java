package dev.walcdc.capture;

import dev.walcdc.local.ConnectionSettings.Postgres;
import dev.walcdc.local.LocalStack;
import dev.walcdc.local.Server;
import dev.walcdc.local.SharedStack;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The source database as its owner sees it. */
final class Source {

  /** Asked for once: asking again would start a server that a test has killed. */
  private static final LocalStack STACK = SharedStack.with(Server.POSTGRES, Server.KAFKA);

  private Source() {}

  static LocalStack stack() {
    return STACK;
  }

  static Postgres settings() {
    return STACK.settings().postgres();
  }

  static Connection open() throws SQLException {
    Postgres postgres = settings();
    return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
  }

  /** Runs each statement in a transaction of its own. */
  static void run(String... statements) {
    try (Connection connection = open();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first column of every row. */
  static List<String> query(String sql) {
    try (Connection connection = open();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static String single(String sql) {
    List<String> values = query(sql);
    return values.isEmpty() ? null : values.get(0);
  }
}
