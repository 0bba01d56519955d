-- Changes of app.products into the lake.

CREATE TEMPORARY TABLE change_log (
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
  'topic' = '${TOPIC_PREFIX:-dbserver1}.app.products',
  'properties.bootstrap.servers' = '${KAFKA_BROKERS}',
  'properties.group.id' = 'flink-sql',
  'properties.isolation.level' = 'read_committed',
  -- Set by the program that submits this, to the log's beginning; later the checkpoint's offsets hold.
  -- A log that no longer reaches back to them is an error, not a reason to begin somewhere else.
  'scan.startup.mode' = 'group-offsets',
  'properties.auto.offset.reset' = 'none',
  'format' = 'raw'
);

CREATE TEMPORARY VIEW changes AS
SELECT c.*
FROM change_log
CROSS JOIN LATERAL TABLE(
  read_change(
    'app.products',
    'ROW<id BIGINT NOT NULL, name STRING, description STRING, price DECIMAL(10, 2), stock INT, attributes STRING>',
    envelope, headers, `partition`, `offset`)) AS c;

CREATE TABLE IF NOT EXISTS lake.`${FLINK_NAMESPACE:-flink_app}`.products (
  id BIGINT NOT NULL,
  name STRING,
  description STRING,
  price DECIMAL(10, 2),
  stock INT,
  attributes STRING,
  _epoch INT NOT NULL,
  _last_commit_lsn BIGINT NOT NULL,
  _lsn BIGINT NOT NULL,
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'walcdc.writer' = 'flink-sql',
  'format-version' = '2',
  'write.upsert.enabled' = 'true',
  'write.format.default' = 'parquet',
  'write.parquet.compression-codec' = 'zstd',
  'write.delete.mode' = 'merge-on-read',
  'write.update.mode' = 'merge-on-read',
  'write.merge.mode' = 'merge-on-read',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '20',
  -- ClickHouse does not find compressed metadata.
  'write.metadata.compression-codec' = 'none'
);

INSERT INTO lake.`${FLINK_NAMESPACE:-flink_app}`.products
SELECT id, name, description, price, stock, attributes, _epoch, _last_commit_lsn, _lsn
FROM latest_row(changes => TABLE changes PARTITION BY id);
