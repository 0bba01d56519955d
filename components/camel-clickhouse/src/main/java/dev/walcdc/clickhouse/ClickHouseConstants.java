package dev.walcdc.clickhouse;

import org.apache.camel.spi.Metadata;

/** Names that others meet: message headers, and what the component adds to ClickHouse. */
public final class ClickHouseConstants {

  /** Row versions that a batch added, tombstones included; named as in the upstream component. */
  @Metadata(
      description =
          "The number of row versions that the batch added, tombstones of deletions"
              + " included. Those of a TRUNCATE are not counted.",
      javaType = "long")
  public static final String WRITTEN_ROWS = "CamelClickHouseWrittenRows";

  /** Path of an endpoint that keeps each PostgreSQL schema in a database of its own. */
  public static final String DATABASE_PER_SCHEMA = "*";

  /** Database of the component's own tables. */
  public static final String OWN_DATABASE = "walcdc";

  /** Table in {@link #OWN_DATABASE} that says how far each partition was applied. */
  public static final String APPLIED_TABLE = "applied";

  /** {@code UInt128}: the row's {@link dev.walcdc.change.Version}. */
  public static final String VERSION_COLUMN = "_version";

  /** {@code UInt8}: 1 where this version of the row says that it is gone. */
  public static final String DELETED_COLUMN = "_is_deleted";

  /** {@code DateTime64(6, 'UTC')}: when the source committed the change. */
  public static final String COMMITTED_AT_COLUMN = "_committed_at";

  /** {@code UInt16}: of a table without a key, first part of a row's identity. */
  public static final String EPOCH_COLUMN = "_epoch";

  /** {@code UInt64}: of a table without a key, second part of a row's identity. */
  public static final String LSN_COLUMN = "_lsn";

  /** {@code UInt64}: of a table without a key, third part of a row's identity. */
  public static final String ORDINAL_COLUMN = "_ordinal";

  /** What the name of a table's view of its present rows ends with. */
  public static final String VIEW_SUFFIX = "_current";

  /** What the name of the copy ends with that the view reads while the two change places. */
  public static final String PASSING_SUFFIX = "_walcdc_passing";

  /** What the name of the table ends with that keeps a table's texts and their vectors. */
  public static final String TEXTS_SUFFIX = "_walcdc_texts";

  private ClickHouseConstants() {}
}
