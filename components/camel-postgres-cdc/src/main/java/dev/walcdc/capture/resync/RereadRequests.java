package dev.walcdc.capture.resync;

import dev.walcdc.capture.source.SourceCatalog.TableName;

/** Asks for tables to be read again. */
@FunctionalInterface
public interface RereadRequests {

  /**
   * Asks for one. It need not be durable before the position of the change that made capture
   * notice: if that comes again, so does the request.
   *
   * @param reason what happened to the table
   */
  void readAgain(TableName table, String reason);
}
