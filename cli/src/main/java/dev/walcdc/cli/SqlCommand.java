package dev.walcdc.cli;

import dev.walcdc.local.LocalStack;
import dev.walcdc.local.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wal-cdc sql}: one statement over PostgreSQL, ClickHouse and Iceberg, by Trino. */
@Command(
    name = "sql",
    description =
        "Asks Trino, which reads PostgreSQL, ClickHouse and Iceberg, and prints the answer.")
final class SqlCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private HomeOption homeOption;

  @ArgGroup(multiplicity = "1")
  private Text text;

  @Option(
      names = "--catalog",
      paramLabel = "NAME",
      description = "Where names without a catalog are looked up: postgres, clickhouse or iceberg.")
  private String catalog;

  @Option(
      names = "--schema",
      paramLabel = "NAME",
      description = "Where names without a schema are looked up, with `--catalog`.")
  private String schema;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Replaces $${NAME} in the statement; as it is, so quote what has to be.")
  private Map<String, String> values = Map.of();

  @ArgGroup private Format format = new Format();

  /** The statement. */
  private static final class Text {
    @Parameters(paramLabel = "SQL", description = "The statement.")
    private String sql;

    @Option(
        names = {"-f", "--file"},
        paramLabel = "FILE",
        description = "Reads the statement from a file.")
    private Path file;
  }

  /** How the answer is printed; a table if nothing is said. */
  private static final class Format {
    @Option(names = "--json", description = "Prints a JSON object a row.")
    private boolean json;

    @Option(names = "--csv", description = "Prints comma-separated values with a heading.")
    private boolean csv;

    ResultPrinter printer(PrintWriter out) {
      if (json) {
        return new JsonPrinter(out);
      }
      return csv ? new CsvPrinter(out) : new TablePrinter(out);
    }
  }

  @Override
  public Integer call() throws Exception {
    Home home = homeOption.home();
    String statement = statement();
    if (!LocalStack.isRunning(home.folder(), Server.TRINO)) {
      throw new CliException(
          "No Trino runs in %s; start it with `wal-cdc up --with trino`.".formatted(home.folder()));
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Connection connection =
            DriverManager.getConnection(home.settings().trino().jdbcUrl(), session());
        Statement query = connection.createStatement()) {
      if (query.execute(statement)) {
        try (ResultSet rows = query.getResultSet()) {
          format.printer(out).print(rows);
        }
      } else {
        out.println("Done.");
      }
    } catch (SQLException e) {
      throw refused(e);
    } finally {
      out.flush();
    }
    return WalCdc.OK;
  }

  private Properties session() {
    Properties session = new Properties();
    session.setProperty("user", System.getProperty("user.name"));
    session.setProperty("source", "wal-cdc");
    if (schema != null && catalog == null) {
      throw new CliException("`--schema` alone names nothing; give its `--catalog` as well.");
    }
    if (catalog != null) {
      session.setProperty("catalog", catalog);
    }
    if (schema != null) {
      session.setProperty("schema", schema);
    }
    return session;
  }

  /** The statement without a semicolon at its end, which Trino's grammar does not have. */
  private String statement() {
    String statement = text.sql != null ? text.sql : read(text.file);
    for (Map.Entry<String, String> value : values.entrySet()) {
      String place = "${" + value.getKey() + "}";
      if (!statement.contains(place)) {
        throw new CliException(
            "The statement has no %s for `--set %s`; leave it out."
                .formatted(place, value.getKey()));
      }
      statement = statement.replace(place, value.getValue());
    }
    return statement.strip().replaceFirst(";$", "");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new CliException(
          "%s cannot be read (%s); name a file with one statement.".formatted(file, e), e);
    }
  }

  /** Trino's own sentence; its driver puts a query's id in front, which says nothing to a user. */
  private static CliException refused(SQLException e) {
    String message = String.valueOf(e.getMessage()).replace('\n', ' ');
    String reason = message.replaceFirst("^Query failed \\(#\\w+\\): ", "");
    return new CliException(
        reason.equals(message)
            ? "Trino does not answer (%s); see its log trino.log, or start it again."
                .formatted(reason)
            : "Trino cannot answer that: %s".formatted(reason),
        e);
  }
}
