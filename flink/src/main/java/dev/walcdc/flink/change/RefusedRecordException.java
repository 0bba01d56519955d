package dev.walcdc.flink.change;

import org.apache.flink.runtime.execution.SuppressRestartsException;

/** A record that the SQL way cannot apply: trying again would meet it again. */
public final class RefusedRecordException extends RuntimeException {

  /**
   * Makes one.
   *
   * @param reason what is wrong and the way out; one sentence or two
   */
  public RefusedRecordException(String reason) {
    super(reason);
  }

  RefusedRecordException(String reason, Throwable cause) {
    super(reason, cause);
  }

  /** The same with the place where it was met, in a form that ends the job at once. */
  RuntimeException at(String table, int partition, long offset) {
    return new SuppressRestartsException(
        new RefusedRecordException(
            "Record at offset %d of partition %d of table `%s` cannot be applied: %s"
                .formatted(offset, partition, table, getMessage()),
            getCause()));
  }
}
