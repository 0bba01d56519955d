package dev.walcdc.verify;

import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares PostgreSQL's tables with their copies, quickly or exactly.
 *
 * <p>Quick verify compares PostgreSQL's tables with their copies while all of them are in use, and
 * changes nothing. Rows that differ are looked at again until they settle; what is reported
 * differed for as long as the {@link Patience} says. A server that falls silent is given up.
 *
 * <p>Memory: about 23 bytes for each row of the table that is being compared (twice that for a
 * table without a key), and one row of each system at a time. Tables are compared one after the
 * other. Safe to share.
 */
public final class Verifier {

  private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);

  private final SourceConnection source;
  private final PostgresRows postgres;
  private final List<PlacedSink> sinks;
  private final QuarantineAccess quarantine;

  /**
   * A verifier of one sink or both that does not ask what is in quarantine.
   *
   * @see #Verifier(SourceConnection, ClickHouseAccess, IcebergAccess, QuarantineAccess)
   */
  public Verifier(SourceConnection source, ClickHouseAccess clickHouse, IcebergAccess iceberg) {
    this(source, clickHouse, iceberg, null);
  }

  /**
   * A verifier of one sink or both.
   *
   * @param source where PostgreSQL is; the role needs SELECT on the tables
   * @param clickHouse where ClickHouse is; null to leave it out
   * @param iceberg where the lake is; null to leave it out
   * @param quarantine where refused records are; null to leave them out
   */
  public Verifier(
      SourceConnection source,
      ClickHouseAccess clickHouse,
      IcebergAccess iceberg,
      QuarantineAccess quarantine) {
    this.source = source;
    this.quarantine = quarantine;
    this.postgres = new PostgresRows(source);
    List<PlacedSink> given = new ArrayList<>();
    if (clickHouse != null) {
      given.add(new ClickHouseRows(clickHouse));
    }
    if (iceberg != null) {
      given.add(new IcebergRows(iceberg));
    }
    if (given.isEmpty()) {
      throw new IllegalArgumentException(
          "There is nothing to compare with: give ClickHouse or Iceberg or both");
    }
    sinks = List.copyOf(given);
  }

  /**
   * The tables that are captured.
   *
   * @param publication the publication that capture reads
   * @param own the tables that capture writes to, which are left out
   * @param include which tables by {@code schema.table}, the whole of it; null for all
   * @throws VerifyException if the source does not answer
   */
  public List<TableName> publishedTables(String publication, OwnTables own, Pattern include) {
    try {
      return new SourceCatalog(source)
          .publishedTables(publication).stream()
              .filter(table -> !own.contains(table))
              .filter(table -> include == null || include.matcher(table.toString()).matches())
              .toList();
    } catch (SQLException e) {
      throw new VerifyException(
          "The tables of publication `%s` cannot be read from %s: %s. Check that PostgreSQL runs there and accepts role `%s`"
              .formatted(publication, source, e.getMessage(), source.user()),
          e);
    }
  }

  /**
   * Compares tables.
   *
   * @param tables at least one
   * @return what was found. A sink that cannot be read is a problem in the report
   * @throws VerifyException if the source cannot be read, or the thread is interrupted
   */
  public VerifyReport verify(List<TableName> tables, Patience patience) {
    return report(tables, table -> verify(table, patience));
  }

  private VerifyReport report(
      List<TableName> tables, Function<TableName, VerifyReport.Table> compare) {
    if (tables.isEmpty()) {
      throw new VerifyException(
          "There is no table to compare, and no tables agree with anything: check the publication and the filter");
    }
    long began = System.nanoTime();
    List<VerifyReport.Table> reports = new ArrayList<>();
    for (TableName table : tables) {
      VerifyReport.Table report = compare.apply(table);
      LOG.info(
          "Table {}: {} rows {}", table, report.rows(), report.agrees() ? "agree" : "do not agree");
      reports.add(report);
    }
    List<VerifyReport.Quarantined> quarantined =
        quarantine == null ? List.of() : quarantine.of(tables);
    return new VerifyReport(reports, quarantined, (System.nanoTime() - began) / 1e9);
  }

  private VerifyReport.Table verify(TableName table, Patience patience) {
    TablePlan plan = postgres.plan(table);
    List<SinkRows> all = List.copyOf(sinks);
    return plan.hasKey()
        ? new Settling<>(plan, new KeyedComparison(plan, postgres, all), patience).run()
        : new Settling<>(plan, new KeylessComparison(plan, postgres, all), patience).run();
  }

  /**
   * Compares tables exactly, also while rows change all the time: each at a moment of the source,
   * with what the log brought since laid over it, with the sinks at a known place of the log. See
   * ADR 12. Needs SELECT on the tables, no slot, and waits for no other transaction.
   *
   * @param tables at least one
   * @param log where capture writes
   * @param wait how long to wait, for each table, for capture and the sinks to come to the moment
   * @return what was found. A sink that cannot be read, or does not come to the moment in time, is
   *     a problem in the report
   * @throws VerifyException if the source or the log cannot be read, capture does not come to the
   *     moment in time, or the thread is interrupted
   */
  public VerifyReport verifyExactly(List<TableName> tables, LogAccess log, Duration wait) {
    return report(tables, table -> exactly(table, log, wait).report());
  }

  /** What passes (a TRUNCATE, another epoch) is behind a later moment. */
  private ExactTable.Result exactly(TableName table, LogAccess log, Duration wait) {
    Deadline deadline = Deadline.in(wait);
    while (true) {
      try {
        return new ExactTable(postgres, sinks, log, deadline).compare(table);
      } catch (UndecidedException e) {
        if (deadline.isOver()) {
          throw new VerifyException(
              "Table %s could not be compared within %d s: while it was, %s. Compare it when that is over"
                  .formatted(table, wait.toSeconds(), e.getMessage()),
              e);
        }
        LOG.info("Table {} is compared again: {}", table, e.getMessage());
        deadline.pause();
      } catch (KafkaException e) {
        throw log.failed(e);
      }
    }
  }
}
