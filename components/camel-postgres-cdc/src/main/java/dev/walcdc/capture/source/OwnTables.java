package dev.walcdc.capture.source;

import dev.walcdc.capture.source.SourceCatalog.TableName;

/**
 * The tables that capture itself writes to. They are in the publication, so that what is written
 * there comes by the stream; their rows are not for the log.
 *
 * @param heartbeat takes a row at every heartbeat; with its schema, unquoted; null for none
 * @param signal takes requests and marks, see {@link dev.walcdc.capture.resync.Signal}; null for
 *     none
 */
public record OwnTables(String heartbeat, String signal) {

  /** What they are called unless configured otherwise. */
  public static final OwnTables STANDARD = new OwnTables("walcdc.heartbeat", "walcdc.signal");

  /** Whether it is one of them. */
  public boolean contains(TableName table) {
    String name = table.toString();
    return name.equals(heartbeat) || name.equals(signal);
  }
}
