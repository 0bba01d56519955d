package dev.walcdc.verify;

import dev.walcdc.capture.source.OwnTables;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.verify.VerifyReport.Mode;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    return report(Mode.QUICK, tables, table -> verify(table, patience), null);
  }

  private VerifyReport report(
      Mode mode,
      List<TableName> tables,
      Function<TableName, VerifyReport.Table> compare,
      List<VerifyReport.Resync> resyncs) {
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
    return new VerifyReport(mode, reports, quarantined, resyncs, (System.nanoTime() - began) / 1e9);
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
    return report(Mode.EXACT, tables, table -> exactly(table, log, wait).report(), null);
  }

  /**
   * Compares tables exactly, has capture read again what differs in any sink (by ranges of keys
   * where they can be told, else the whole table), waits for that, and compares these tables again.
   * What is in the way of that comparison stays: a row in quarantine, a sink that cannot be read.
   *
   * @param tables at least one
   * @param log where capture writes
   * @param signalTable the published table that requests are written to; needs INSERT and DELETE
   * @param wait how long to wait, for each table, for capture and the sinks to come to the moment,
   *     and for a resync to make progress
   * @return what was found in the end, and what was resynced
   * @throws VerifyException as {@link #verifyExactly}, or if a resync cannot be asked for or makes
   *     no progress
   */
  public VerifyReport verifyAndResync(
      List<TableName> tables, LogAccess log, String signalTable, Duration wait) {
    Resyncs resyncs = new Resyncs(source, signalTable, log, wait);
    List<VerifyReport.Resync> done = new ArrayList<>();
    return report(
        Mode.EXACT,
        tables,
        table -> {
          ExactTable.Result result = exactly(table, log, wait);
          List<WrongRows> wrong =
              result.wrong().values().stream().filter(rows -> !rows.isEmpty()).toList();
          if (wrong.isEmpty()) {
            return result.report();
          }
          LOG.info("Table {} differs and is resynced: {}", table, result.report().sinks());
          done.addAll(resyncs.of(result.plan(), wrong));
          return exactly(table, log, wait).report();
        },
        done);
  }

  /** What passes (a TRUNCATE, another epoch) is behind a later moment. */
  private ExactTable.Result exactly(TableName table, LogAccess log, Duration wait) {
    long began = System.nanoTime();
    Deadline deadline = Deadline.in(wait);
    while (true) {
      try {
        return new ExactTable(postgres, sinks, log, deadline).compare(table);
      } catch (UndecidedException e) {
        if (deadline.isOver()) {
          return undecided(table, began, wait, e);
        }
        LOG.info("Table {} is compared again: {}", table, e.getMessage());
        deadline.pause();
      } catch (KafkaException e) {
        throw log.failed(e);
      }
    }
  }

  private ExactTable.Result undecided(
      TableName table, long began, Duration wait, UndecidedException e) {
    TablePlan plan = postgres.plan(table);
    String problem =
        "table %s could not be compared within %d s, for while it was, %s; compare it when that is over"
            .formatted(table, wait.toSeconds(), e.getMessage());
    List<VerifyReport.Sink> reports =
        sinks.stream()
            .map(sink -> new VerifyReport.Sink(sink.name(), 0, 0, 0, List.of(), null, problem))
            .toList();
    return new ExactTable.Result(
        new VerifyReport.Table(
            table.toString(),
            0,
            plan.key().stream().map(ComparedColumn::name).toList(),
            reports,
            (System.nanoTime() - began) / 1e9),
        Map.of(),
        plan);
  }
}
