-- Changes of app.orders into the lake.

CREATE TEMPORARY TABLE change_log
WITH ('topic' = '${TOPIC_PREFIX:-dbserver1}.app.orders')
LIKE any_change_log;

CREATE TEMPORARY VIEW changes AS
SELECT c.*
FROM change_log
CROSS JOIN LATERAL TABLE(
  read_change(
    'app.orders',
    'ROW<id BIGINT NOT NULL, user_id BIGINT, status STRING, total DECIMAL(12, 2), placed_at TIMESTAMP_LTZ(6), shipped_on DATE>',
    envelope, headers, `partition`, `offset`)) AS c;

CREATE TABLE IF NOT EXISTS lake.`${FLINK_NAMESPACE:-flink_app}`.orders (
  id BIGINT NOT NULL,
  user_id BIGINT,
  status STRING,
  total DECIMAL(12, 2),
  placed_at TIMESTAMP_LTZ(6),
  shipped_on DATE,
  _epoch INT NOT NULL,
  _last_commit_lsn BIGINT NOT NULL,
  _lsn BIGINT NOT NULL,
  PRIMARY KEY (id) NOT ENFORCED
);

INSERT INTO lake.`${FLINK_NAMESPACE:-flink_app}`.orders
SELECT id, user_id, status, total, placed_at, shipped_on, _epoch, _last_commit_lsn, _lsn
FROM latest_row(changes => TABLE changes PARTITION BY id);
