package dev.walcdc.verify;

import dev.walcdc.change.Version;
import java.util.Map;

/** What of a table's topic follows a moment of the source. */
interface LogSince {

  /** The rows that changed, as far as was read. */
  TouchedRows touched();

  /** The topic's present end, by partition. */
  Map<Integer, Long> ends();

  /** No change at or behind the log's end of when the moment began has a lower version. */
  Version since();

  /**
   * Reads on up to these offsets, and looks up what the rows that changed were at the moment.
   *
   * @throws UndecidedException if something passed by which nobody can say what the rows are
   */
  void readTo(Map<Integer, Long> offsets);
}
