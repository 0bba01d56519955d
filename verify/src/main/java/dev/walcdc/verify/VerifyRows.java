package dev.walcdc.verify;

import dev.walcdc.change.ChangeBatch;
import dev.walcdc.change.ChangePoint;
import dev.walcdc.change.Operation;
import dev.walcdc.change.RowChange;
import dev.walcdc.change.Version;
import dev.walcdc.schema.Column;
import dev.walcdc.schema.PostgresType;
import dev.walcdc.schema.TableSchema;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;

/** Reports as rows of table {@code walcdc.verify}: one a table and run, as a sink applies them. */
final class VerifyRows {

  private static final TableSchema SCHEMA =
      new TableSchema(
          "walcdc",
          "verify",
          List.of(
              column("verified_at", "timestamptz", false, 1),
              column("table_name", "text", false, 2),
              column("agrees", "bool", false, 3),
              column("rows", "int8", false, 4),
              column("differing", "int8", false, 5),
              column("quarantined", "int8", false, 6),
              column("problem", "text", true, 7),
              column("seconds", "float8", false, 8),
              column("report", "text", false, 9)),
          List.of("verified_at", "table_name"),
          1,
          1);

  private VerifyRows() {}

  private static Column column(String name, String type, boolean nullable, int number) {
    return new Column(name, PostgresType.of(type), nullable, number);
  }

  /**
   * The rows of one run.
   *
   * @param at when it began
   * @param json writes a table's report
   */
  static ChangeBatch of(
      Instant at, VerifyReport report, Function<VerifyReport.Table, String> json) {
    long micros = ChronoUnit.MICROS.between(Instant.EPOCH, at);
    List<RowChange> rows = new ArrayList<>();
    for (VerifyReport.Table table : report.tables()) {
      long quarantined =
          report.quarantined().stream().filter(row -> row.table().equals(table.table())).count();
      Object[] row = {
        micros,
        table.table(),
        table.agrees() && quarantined == 0,
        table.rows(),
        table.sinks().stream().mapToLong(VerifyReport.Sink::differing).sum(),
        quarantined,
        table.sinks().stream()
            .map(VerifyReport.Sink::problem)
            .filter(problem -> problem != null)
            .findFirst()
            .orElse(null),
        table.seconds(),
        json.apply(table)
      };
      // No row has a second version: time and table are its key.
      ChangePoint point = new ChangePoint(Operation.CREATE, Version.of(1, 1, 1), 0);
      rows.add(RowChange.of(point, row, 0, 0, micros));
    }
    return new ChangeBatch(SCHEMA.qualifiedName(), SCHEMA, List.of(), rows, new TreeMap<>());
  }
}
