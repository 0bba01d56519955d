package dev.walcdc.capture.resync;

import java.util.Map;

/**
 * A chunk of rows as a reading saw them, brought up to a later place in the stream: the changes
 * that pass meanwhile, by transactions that the reading does not show, are laid over the rows. Rows
 * that were not read are none of its business, whether they are new or of another chunk: the stream
 * has brought them, after the resync began. Pure; used by one thread.
 *
 * @param <R> a row
 */
public final class ChunkWindow<R> {

  /** Lays a change over the row before it. */
  @FunctionalInterface
  public interface Overlay<R> {
    /**
     * The row after a change.
     *
     * @param changed as the change has it; values that it left alone may be missing
     * @param before null for a row that was made
     * @return null if a value is missing
     */
    R over(R changed, R before);
  }

  private final TransactionSnapshot snapshot;
  private final Map<String, R> rows;
  private final Overlay<R> overlay;
  private boolean outdated;

  /**
   * @param rows what was read, by key; it is kept as the rows are at the present place of the
   *     stream
   */
  public ChunkWindow(TransactionSnapshot snapshot, Map<String, R> rows, Overlay<R> overlay) {
    this.snapshot = snapshot;
    this.rows = rows;
    this.overlay = overlay;
  }

  /** A row that was made; also one that came by a change of its key. */
  public void created(long xid, String key, R row) {
    if (snapshot.shows(xid)) {
      return;
    }
    R whole = overlay.over(row, null);
    if (whole == null) {
      // What an update of the key left alone is on the row of the old key.
      outdated = true;
    } else if (rows.containsKey(key)) {
      rows.put(key, whole);
    }
  }

  /** A row that was changed under its key. */
  public void updated(long xid, String key, R row) {
    R before = rows.get(key);
    if (before == null || snapshot.shows(xid)) {
      return;
    }
    R whole = overlay.over(row, before);
    if (whole == null) {
      outdated = true;
    } else {
      rows.put(key, whole);
    }
  }

  /** A row that is gone. */
  public void deleted(long xid, String key) {
    if (!snapshot.shows(xid)) {
      rows.remove(key);
    }
  }

  /** All rows are gone, or it cannot be said what became of them. */
  public void emptied(long xid) {
    outdated |= !snapshot.shows(xid);
  }

  /** Whether the chunk has to be read again. */
  public boolean isOutdated() {
    return outdated;
  }
}
