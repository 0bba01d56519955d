package dev.walcdc.capture;

import dev.walcdc.capture.source.Finding;
import dev.walcdc.capture.source.Finding.Severity;
import dev.walcdc.capture.source.SourceCatalog;
import dev.walcdc.capture.source.SourceCatalog.Cluster;
import dev.walcdc.capture.source.SourceCatalog.Slot;
import dev.walcdc.capture.source.SourceDoctor;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.CaptureState.Phase;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides where capture begins: where it stopped, or with a snapshot in a new epoch. Refuses a
 * source that is not fit, and a slot that does not fit to the stored position.
 *
 * @param epoch the epoch to capture in
 * @param position where to go on; null to begin with a snapshot
 * @param cluster the cluster that the source belongs to
 * @param heartbeat whether the heartbeat table can be used
 * @param signals whether the signal table can be used
 */
record CaptureStart(
    int epoch, SourcePosition position, Cluster cluster, boolean heartbeat, boolean signals) {

  private static final Logger LOG = LoggerFactory.getLogger(CaptureStart.class);
  private static final String PLUGIN = "pgoutput";

  /**
   * Looks at the source and the stored state. Drops the slot of an epoch that cannot go on.
   *
   * @param last what capture stored last; empty if it never ran
   * @param lastEpoch the highest epoch that the log holds changes of, whoever captured them; 0 for
   *     none. A new epoch is above it, since the sinks rank by it
   * @throws CaptureException if capture must not begin; the message says what to do
   * @throws SQLException if the source does not answer
   */
  static CaptureStart find(
      PostgresCdcConfiguration options, Optional<CaptureState> last, int lastEpoch)
      throws SQLException {
    SourceDoctor doctor = new SourceDoctor(options.source());
    refuseUnfit(options, doctor);
    boolean heartbeat =
        doctor.hasHeartbeat(options.getPublicationName(), options.getHeartbeatTable());
    boolean signals = doctor.hasSignals(options.getPublicationName(), options.getSignalTable());
    SourceCatalog catalog = new SourceCatalog(options.source());
    Cluster cluster = catalog.cluster();
    Optional<Slot> slot = catalog.slot(options.getSlotName());
    long endOfWal = catalog.endOfWal();
    refuseHeldSlot(slot);
    refuseForeignSlot(options, last, cluster, slot);
    if (last.isEmpty()) {
      return new CaptureStart(lastEpoch + 1, null, cluster, heartbeat, signals);
    }
    CaptureState state = last.get();
    Optional<String> brokenBy =
        whyNewEpoch(options, state, cluster, slot).or(() -> whyRestored(state, endOfWal));
    if (brokenBy.isEmpty()) {
      refuseSlotAhead(options, state, slot.orElseThrow());
      return new CaptureStart(state.epoch(), state.position(), cluster, heartbeat, signals);
    }
    int epoch = Math.max(state.epoch(), lastEpoch) + 1;
    LOG.warn("Epoch {} begins with a snapshot of all tables: {}", epoch, brokenBy.get());
    if (slot.isPresent()) {
      catalog.dropSlot(options.getSlotName());
    }
    return new CaptureStart(epoch, null, cluster, heartbeat, signals);
  }

  private static void refuseUnfit(PostgresCdcConfiguration options, SourceDoctor doctor)
      throws SQLException {
    List<Finding> findings =
        doctor.examine(options.getPublicationName(), options.ownTables(), options.includedTables());
    findings.stream()
        .filter(finding -> finding.severity() == Severity.ADVICE)
        .forEach(finding -> LOG.warn("{}. Advice: {}", finding.problem(), finding.remedy()));
    String errors =
        findings.stream()
            .filter(finding -> finding.severity() == Severity.ERROR)
            .map(finding -> finding.problem() + ". Run: " + finding.remedy())
            .collect(Collectors.joining("\n"));
    if (!errors.isEmpty()) {
      throw new CaptureException(
          "The source " + options.source() + " is not fit for capture:\n" + errors);
    }
  }

  private static void refuseHeldSlot(Optional<Slot> slot) {
    slot.filter(s -> s.activePid() != null)
        .ifPresent(
            s -> {
              throw new CaptureException(
                  "Replication slot `%s` is held by PID %d; stop that pipeline or choose another `slotName`"
                      .formatted(s.name(), s.activePid()));
            });
  }

  /** Capture drops a slot only if it made it. */
  private static void refuseForeignSlot(
      PostgresCdcConfiguration options,
      Optional<CaptureState> last,
      Cluster cluster,
      Optional<Slot> slot) {
    slot.flatMap(s -> whyForeign(options, last, cluster, s))
        .ifPresent(
            reason -> {
              String name = options.getSlotName();
              throw new CaptureException(
                  "Replication slot `%s` exists, but %s: it may belong to another pipeline. Choose another `slotName`, or drop it: SELECT pg_drop_replication_slot('%s');"
                      .formatted(name, reason, name));
            });
  }

  private static Optional<String> whyForeign(
      PostgresCdcConfiguration options, Optional<CaptureState> last, Cluster cluster, Slot slot) {
    if (!PLUGIN.equals(slot.plugin()) || !options.getDatabaseDbname().equals(slot.database())) {
      return Optional.of(
          "it is one of plugin `%s` in database `%s`".formatted(slot.plugin(), slot.database()));
    }
    if (last.isEmpty()) {
      return Optional.of(
          "topic `%s` holds no position of connector `%s`"
              .formatted(options.getPositionsTopic(), options.getName()));
    }
    if (!cluster.systemIdentifier().equals(last.get().systemIdentifier())) {
      return Optional.of(
          "connector `%s` captured another PostgreSQL cluster before".formatted(options.getName()));
    }
    return Optional.empty();
  }

  private static Optional<String> whyNewEpoch(
      PostgresCdcConfiguration options, CaptureState state, Cluster cluster, Optional<Slot> slot) {
    if (!cluster.systemIdentifier().equals(state.systemIdentifier())) {
      return Optional.of("the source is another PostgreSQL cluster than before");
    }
    if (cluster.timeline() != state.timeline()) {
      return Optional.of(
          "the source is on timeline %d, it was on %d: it was restored or promoted"
              .formatted(cluster.timeline(), state.timeline()));
    }
    if (state.phase() == Phase.SNAPSHOT) {
      return Optional.of("the snapshot of epoch %d did not finish".formatted(state.epoch()));
    }
    if (slot.isEmpty() || slot.get().lost()) {
      return Optional.of(
          "replication slot `%s` is gone or was invalidated, and with it the changes since"
              .formatted(options.getSlotName()));
    }
    return Optional.empty();
  }

  /**
   * A copy of the data folder that was put back stays on its timeline, and its slot is behind as
   * after a crash. That its WAL ends before the position is proof; once it has been written beyond
   * that, nothing tells.
   */
  private static Optional<String> whyRestored(CaptureState state, long endOfWal) {
    return endOfWal < state.position().lsn()
        ? Optional.of(
            "the source's WAL ends at %X, before the position %X: it was restored to an earlier point"
                .formatted(endOfWal, state.position().lsn()))
        : Optional.empty();
  }

  private static void refuseSlotAhead(
      PostgresCdcConfiguration options, CaptureState state, Slot slot) {
    if (slot.confirmedLsn() > state.position().confirmedLsn()) {
      throw new CaptureException(
          "Replication slot `%s` is confirmed up to %X, but connector `%s` has only captured up to %X: something else advanced it, and the changes between are lost to this pipeline. Drop the slot, and the next start reads all tables again: SELECT pg_drop_replication_slot('%s');"
              .formatted(
                  slot.name(),
                  slot.confirmedLsn(),
                  options.getName(),
                  state.position().confirmedLsn(),
                  slot.name()));
    }
  }
}
