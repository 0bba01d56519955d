package dev.walcdc.capture.debezium;

import dev.walcdc.capture.resync.Signal;
import dev.walcdc.log.OutgoingRecord;
import java.util.List;

/** Follows the stream change by change, in its order; in the thread that converts it. */
interface StreamFollower {

  /** Follows nothing. */
  StreamFollower NONE =
      new StreamFollower() {
        @Override
        public void change(SourceRow row) {}

        @Override
        public List<OutgoingRecord> signal(Signal signal, SourceRow at) {
          return List.of();
        }
      };

  /** The next change of a captured table; snapshots have none. */
  void change(SourceRow row);

  /**
   * A signal.
   *
   * @param at the row that it came with, for its place in the stream
   * @return what is to be written at that place: after all that came before, before all that
   *     follows
   */
  List<OutgoingRecord> signal(Signal signal, SourceRow at);
}
