package dev.walcdc.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Table {@code walcdc.verify} in ClickHouse: what was found, a row a table and run. */
final class VerifyTable {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String DDL =
      """
      CREATE TABLE IF NOT EXISTS walcdc.verify (verified_at DateTime64(6, 'UTC'), table_name String,
        agrees Bool, rows UInt64, differing UInt64, quarantined UInt64, problem Nullable(String),
        seconds Float64, report String)
      ENGINE = MergeTree ORDER BY (table_name, verified_at)
      COMMENT 'What scheduled comparisons with the source found'\
      """;

  private final ClickHouseAccess access;
  private final ClickHouseHttp server;

  VerifyTable(ClickHouseAccess access) {
    this.access = access;
    this.server = new ClickHouseHttp(access);
  }

  /**
   * Writes a report down.
   *
   * @param at when the comparison began
   * @throws VerifyException if that fails
   */
  void write(Instant at, VerifyReport report) {
    try {
      execute("CREATE DATABASE IF NOT EXISTS walcdc");
      execute(DDL);
      StringBuilder insert = new StringBuilder("INSERT INTO walcdc.verify FORMAT JSONEachRow\n");
      for (VerifyReport.Table table : report.tables()) {
        insert.append(row(at, report, table)).append('\n');
      }
      execute(insert.toString());
    } catch (IOException e) {
      throw new VerifyException(
          "What was found cannot be written to table walcdc.verify of ClickHouse at %s: %s. Check that the server runs there and that user `%s` may create and fill tables in database `walcdc`"
              .formatted(access.url(), e.getMessage(), access.user()),
          e);
    }
  }

  private void execute(String sql) throws IOException {
    try (InputStream answer = server.send(sql)) {
      answer.readAllBytes();
    }
  }

  private static String row(Instant at, VerifyReport report, VerifyReport.Table table)
      throws JsonProcessingException {
    long quarantined =
        report.quarantined().stream().filter(row -> row.table().equals(table.table())).count();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("verified_at", TIME.format(at));
    row.put("table_name", table.table());
    row.put("agrees", table.agrees() && quarantined == 0);
    row.put("rows", table.rows());
    row.put("differing", table.sinks().stream().mapToLong(VerifyReport.Sink::differing).sum());
    row.put("quarantined", quarantined);
    row.put(
        "problem",
        table.sinks().stream()
            .map(VerifyReport.Sink::problem)
            .filter(problem -> problem != null)
            .findFirst()
            .orElse(null));
    row.put("seconds", table.seconds());
    row.put("report", JSON.writeValueAsString(table));
    return JSON.writeValueAsString(row);
  }
}
