package dev.walcdc.bench;

import java.util.Locale;

/** What can be measured. */
enum Stage {
  /** Our capture. */
  CAPTURE,
  /** Debezium Server beside it. */
  PEER,
  /** The ClickHouse sink. */
  CLICKHOUSE,
  /** The Iceberg sink. */
  ICEBERG,
  /** The whole pipeline under a steady load; wants the sinks. */
  LATENCY;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
