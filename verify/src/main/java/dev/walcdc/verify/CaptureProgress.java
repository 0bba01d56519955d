package dev.walcdc.verify;

import dev.walcdc.capture.SourcePosition;
import dev.walcdc.capture.state.CaptureState;
import dev.walcdc.capture.state.CaptureState.Phase;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/** How far capture is, by what it stored. */
final class CaptureProgress {

  private final LogAccess log;

  CaptureProgress(LogAccess log) {
    this.log = log;
  }

  /**
   * What capture stored last, once it follows the stream.
   *
   * @throws VerifyException if it does not come to that in time
   */
  CaptureState streaming(Deadline deadline) {
    while (true) {
      Optional<CaptureState> state = log.state();
      if (state.isPresent()
          && state.get().phase() == Phase.STREAMING
          && state.get().position() != null) {
        return state.get();
      }
      if (deadline.isOver()) {
        throw new VerifyException(
            state.isPresent()
                ? "Capture has not completed its snapshot of epoch %d within %d s; compare when it has (`wal-cdc status`)"
                    .formatted(state.get().epoch(), deadline.length().toSeconds())
                : "Connector `%s` has stored no position on `%s.positions` within %d s: start the pipeline, or check the topic prefix"
                    .formatted(log.connector(), log.topicPrefix(), deadline.length().toSeconds()));
      }
      deadline.pause();
    }
  }

  /**
   * Waits until all transactions that committed before an LSN are on the log.
   *
   * @return a state that says so; its next offsets lie behind them
   * @throws VerifyException if that takes too long
   * @throws UndecidedException if another epoch has begun
   */
  CaptureState awaitPast(SourceMoment moment, int epoch, Deadline deadline) {
    while (true) {
      Optional<CaptureState> last = log.state();
      if (last.isPresent()) {
        CaptureState state = last.get();
        if (state.epoch() != epoch) {
          throw new UndecidedException("capture has begun epoch %d".formatted(state.epoch()));
        }
        if (isPast(state.position(), moment.lsn())) {
          return state;
        }
      }
      if (deadline.isOver()) {
        throw new VerifyException(
            "Capture did not come to LSN %s, where table %s was read, within %d s; it is at %s. Check that it runs (`wal-cdc status`), and that it can write to its heartbeat table"
                .formatted(
                    moment.lsnText(),
                    moment.plan().table(),
                    deadline.length().toSeconds(),
                    last.map(CaptureState::position)
                        .map(p -> LogSequenceNumber.valueOf(p.confirmedLsn()).asString())
                        .orElse("no position")));
      }
      deadline.pause();
    }
  }

  /**
   * A position is the last row of a transaction that has ended, or the COMMIT before it where that
   * lies further on: everything that committed before either is on the log.
   */
  private static boolean isPast(SourcePosition position, long lsn) {
    return position != null && Long.compareUnsigned(position.confirmedLsn(), lsn) >= 0;
  }
}
