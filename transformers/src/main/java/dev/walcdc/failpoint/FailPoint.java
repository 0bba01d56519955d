package dev.walcdc.failpoint;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The steps at which a crash matters, by name, so that a test can have one there. Environment
 * variable {@code WALCDC_FAILPOINT=NAME:NTH:ACTION} arms one of them in a process: when it is
 * reached for the NTH time (from 1 on), the process ends as by kill -9 ({@code halt}), the step
 * fails ({@code throw}), or it takes half a minute longer ({@code pause}). It happens once in a
 * process. Without the variable a fail point is a test of a constant, which the JIT removes.
 */
public enum FailPoint {
  /** Capture has a batch; nothing of it is on the log. */
  CAPTURE_POLLED("capture.polled"),
  /** Schemas that the batch names are on the log, the batch is not. */
  CAPTURE_SCHEMAS_PUBLISHED("capture.schemas-published"),
  /** The batch is on the log, and no position that says so. */
  CAPTURE_BATCH_WRITTEN("capture.batch-written"),
  /** Rows of older epochs are fenced off, and no position says that the snapshot is complete. */
  CAPTURE_FENCE_WRITTEN("capture.fence-written"),
  /** The position is on the log; the source was not told. */
  CAPTURE_POSITION_PUBLISHED("capture.position-published"),
  /** The engine was told to confirm the position. */
  CAPTURE_CONFIRMED("capture.confirmed"),

  /** A sink's reader has records in memory. */
  LOG_POLLED("change-log.polled"),
  /** A worker has a batch, and the sink has not. */
  LOG_DELIVERED("change-log.delivered"),
  /** The sink has made a batch durable; the group's offsets do not say so. */
  LOG_APPLIED("change-log.applied"),
  /** The group's offsets were committed. */
  LOG_COMMITTED("change-log.committed"),

  /** The table is there with its columns; no row was written. */
  CLICKHOUSE_BEFORE_INSERT("clickhouse.before-insert"),
  /** A block of the batch is queryable, the next is not. */
  CLICKHOUSE_BETWEEN_INSERTS("clickhouse.between-inserts"),
  /** All of the batch is queryable. */
  CLICKHOUSE_AFTER_INSERT("clickhouse.after-insert"),
  /** Positions are about to be written down. */
  CLICKHOUSE_BEFORE_POSITIONS("clickhouse.before-positions"),

  /** The table is there with its columns; no file was written. */
  ICEBERG_TABLE_READY("iceberg.table-ready"),
  /** The batch's files are in the store, and no metadata names them. */
  ICEBERG_FILES_WRITTEN("iceberg.files-written"),
  /** Snapshot and copied position are ready, and the catalog was not asked. */
  ICEBERG_PROPERTY_COPIED("iceberg.property-copied"),
  /** The catalog is about to be asked; thrown here, the outcome is unknown and it is a failure. */
  ICEBERG_COMMIT_SENT("iceberg.commit-sent"),
  /** The catalog has committed; thrown here, its answer is lost. */
  ICEBERG_COMMIT_ANSWERED("iceberg.commit-answered");

  /** Name of the environment variable. */
  public static final String VARIABLE = "WALCDC_FAILPOINT";

  private static final ArmedPoint ARMED = ArmedPoint.parse(System.getenv(VARIABLE));

  private final String id;

  FailPoint(String id) {
    this.id = id;
  }

  /** Its name in the environment variable. */
  public String id() {
    return id;
  }

  /** To be called where the step is. Any thread. */
  public void reach() {
    if (ARMED != null) {
      ARMED.reached(this);
    }
  }

  static FailPoint named(String id) {
    return Arrays.stream(values())
        .filter(point -> point.id.equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "`%s` names fail point `%s`, which there is not; choose of %s"
                        .formatted(
                            VARIABLE,
                            id,
                            Arrays.stream(values())
                                .map(FailPoint::id)
                                .collect(Collectors.joining(", ")))));
  }
}
