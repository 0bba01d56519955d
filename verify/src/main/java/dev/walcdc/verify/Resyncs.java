package dev.walcdc.verify;

import dev.walcdc.capture.resync.ResyncJob;
import dev.walcdc.capture.resync.ResyncRequest;
import dev.walcdc.capture.resync.Signal;
import dev.walcdc.capture.resync.SignalTable;
import dev.walcdc.capture.source.SourceCatalog.TableName;
import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.change.KeyCondition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Has capture read again what differs, and waits for it. */
final class Resyncs {

  private final SourceConnection source;
  private final SignalTable signals;
  private final String signalTable;
  private final LogAccess log;
  private final Duration patience;

  /**
   * @param signalTable the published table that requests are written to, with its schema
   * @param patience how long a resync may go without any progress
   */
  Resyncs(SourceConnection source, String signalTable, LogAccess log, Duration patience) {
    this.source = source;
    this.signals = new SignalTable(source, signalTable);
    this.signalTable = signalTable;
    this.log = log;
    this.patience = patience;
  }

  /**
   * Resyncs the rows that are wrong in any sink, and returns when they are on the log.
   *
   * @return what was asked for and how it ended
   * @throws VerifyException if it cannot be asked for, or does not go on
   */
  List<VerifyReport.Resync> of(TablePlan plan, Collection<WrongRows> wrong) {
    List<String> ids = new ArrayList<>();
    List<VerifyReport.Resync> done = new ArrayList<>();
    for (KeyCondition where : conditions(plan, wrong)) {
      ids.add(ask(plan.table(), where));
    }
    for (String id : ids) {
      ResyncJob job = await(plan.table(), id);
      done.add(
          new VerifyReport.Resync(
              plan.table().toString(),
              job.request().where(),
              job.phase().toString(),
              job.rows(),
              job.message()));
    }
    return done;
  }

  private static List<KeyCondition> conditions(TablePlan plan, Collection<WrongRows> wrong) {
    if (!plan.hasKey() || !wrong.stream().allMatch(WrongRows::areAllKnown)) {
      return List.of(KeyCondition.ALL);
    }
    return KeyRanges.covering(
        plan, wrong.stream().flatMap(rows -> rows.byKey().keySet().stream()).toList());
  }

  private String ask(TableName table, KeyCondition where) {
    String id = UUID.randomUUID().toString();
    ResyncRequest request =
        new ResyncRequest(
            table.schema(),
            table.table(),
            where.isAll() ? null : where.toString(),
            "verify found differences");
    try {
      signals.send(new Signal(id, Signal.RESYNC, request.toJson()));
      return id;
    } catch (SQLException e) {
      throw new VerifyException(
          "A resync of table %s cannot be asked for by table `%s` of %s: %s. `wal-cdc doctor` has the SQL to make it usable"
              .formatted(table, signalTable, source, e.getMessage().strip()),
          e);
    }
  }

  private ResyncJob await(TableName table, String id) {
    Deadline deadline = Deadline.in(patience);
    ResyncJob last = null;
    int epoch = 0;
    while (true) {
      Optional<CaptureState> state = log.state();
      Optional<ResyncJob> job = state.flatMap(known -> known.resync(id));
      if (job.isPresent() && job.get().isEnded()) {
        return job.get();
      }
      int now = state.map(CaptureState::epoch).orElse(0);
      if (epoch > 0 && now > epoch) {
        throw new VerifyException(
            "Epoch %d has begun, and with it all tables are read again; the resync of %s went with the one before. Compare again"
                .formatted(now, table));
      }
      epoch = now;
      if (job.isPresent() && !job.get().equals(last)) {
        last = job.get();
        deadline = Deadline.in(patience);
      }
      if (deadline.isOver()) {
        throw new VerifyException(
            "The resync of %s made no progress for %d s: %s. Check that the pipeline runs (`wal-cdc status`)"
                .formatted(
                    table,
                    patience.toSeconds(),
                    last == null
                        ? "capture has not taken the request from table `%s`".formatted(signalTable)
                        : last.message() == null ? "it is " + last.phase() : last.message()));
      }
      deadline.pause();
    }
  }
}
