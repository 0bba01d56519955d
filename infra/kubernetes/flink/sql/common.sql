-- What the job of every table begins with. ${NAME} and ${NAME:-default} come from the environment,
-- under the names that the pipeline reads as well; a line with ${NAME?} is left out where that is not
-- set: without keys, the AWS SDK looks for credentials.

SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
-- A checkpoint is a commit to Iceberg.
SET 'execution.checkpointing.interval' = '${FLINK_CHECKPOINT_INTERVAL:-10s}';
-- A job that was killed goes on from its newest checkpoint; so that has to stay.
SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';
SET 'execution.checkpointing.num-retained' = '2';
-- Outages pass; what can never be applied ends the job by itself.
SET 'restart-strategy.type' = 'exponential-delay';
SET 'restart-strategy.exponential-delay.max-backoff' = '30s';

-- State is found again by operator ids. Flink derives them from the plan's shape, so the same file gives
-- the same; ALWAYS would number operators over all plans that a process ever made. Iceberg's sink names
-- its own.
SET 'table.exec.uid.generation' = 'DISABLED';
SET 'table.exec.iceberg.use-v2-sink' = 'true';

-- A partition without changes must not hold the watermark back.
SET 'table.exec.source.idle-timeout' = '10s';
SET 'table.local-time-zone' = 'UTC';

CREATE CATALOG lake WITH (
  'type' = 'iceberg',
  -- On AWS org.apache.iceberg.aws.glue.GlueCatalog.
  'catalog-impl' = '${ICEBERG_CATALOG_IMPL:-org.apache.iceberg.jdbc.JdbcCatalog}',
  'uri' = '${ICEBERG_CATALOG_URI?}',
  'jdbc.user' = '${ICEBERG_CATALOG_USER?}',
  'jdbc.password' = '${ICEBERG_CATALOG_PASSWORD?}',
  'jdbc.schema-version' = 'V1',
  'warehouse' = '${ICEBERG_WAREHOUSE}',
  'io-impl' = 'org.apache.iceberg.aws.s3.S3FileIO',
  's3.endpoint' = '${ICEBERG_S3_ENDPOINT?}',
  's3.access-key-id' = '${ICEBERG_S3_ACCESSKEY?}',
  's3.secret-access-key' = '${ICEBERG_S3_SECRETKEY?}',
  's3.path-style-access' = '${ICEBERG_S3_PATHSTYLEACCESS:-false}',
  'http-client.type' = 'urlconnection',
  'client.region' = '${ICEBERG_S3_REGION?}',
  -- Who writes a table is read when a job starts, not remembered.
  'cache-enabled' = 'false',
  -- What each table gets that is made here.
  'table-default.walcdc.writer' = 'flink-sql',
  'table-default.format-version' = '2',
  'table-default.write.upsert.enabled' = 'true',
  'table-default.write.format.default' = 'parquet',
  'table-default.write.parquet.compression-codec' = 'zstd',
  'table-default.write.delete.mode' = 'merge-on-read',
  'table-default.write.update.mode' = 'merge-on-read',
  'table-default.write.merge.mode' = 'merge-on-read',
  'table-default.write.metadata.delete-after-commit.enabled' = 'true',
  'table-default.write.metadata.previous-versions-max' = '20',
  -- ClickHouse does not find compressed metadata.
  'table-default.write.metadata.compression-codec' = 'none'
);

-- A record of the log into a typed row with the version of its change.
CREATE TEMPORARY SYSTEM FUNCTION read_change AS 'dev.walcdc.flink.change.ReadChange';
-- When the source committed it.
CREATE TEMPORARY SYSTEM FUNCTION committed_at AS 'dev.walcdc.flink.change.CommittedAt';
-- The latest row of each key.
CREATE TEMPORARY SYSTEM FUNCTION latest_row AS 'dev.walcdc.flink.change.LatestRow';

CREATE DATABASE IF NOT EXISTS lake.`${FLINK_NAMESPACE:-flink_app}`;

-- The log of a table, but for the name of its topic.
CREATE TEMPORARY TABLE any_change_log (
  -- As bytes: another format would skip fences and take long values that were left out for NULL.
  envelope BYTES,
  headers MAP<STRING NOT NULL, BYTES> METADATA VIRTUAL,
  `partition` INT METADATA VIRTUAL,
  `offset` BIGINT METADATA VIRTUAL,
  logged_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  committed_at AS COALESCE(committed_at(envelope), logged_at),
  WATERMARK FOR committed_at AS committed_at - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = '${KAFKA_BROKERS}',
  'properties.group.id' = 'flink-sql',
  'properties.isolation.level' = 'read_committed',
  -- Set by the program that submits this, to the log's beginning; later the checkpoint's offsets hold.
  -- A log that no longer reaches back to them is an error, not a reason to begin somewhere else.
  'scan.startup.mode' = 'group-offsets',
  'properties.auto.offset.reset' = 'none',
  'format' = 'raw'
);
