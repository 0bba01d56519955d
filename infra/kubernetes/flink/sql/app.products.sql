-- Changes of app.products into the lake.

CREATE TEMPORARY TABLE change_log
WITH ('topic' = '${TOPIC_PREFIX:-dbserver1}.app.products')
LIKE any_change_log;

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
);

INSERT INTO lake.`${FLINK_NAMESPACE:-flink_app}`.products
SELECT id, name, description, price, stock, attributes, _epoch, _last_commit_lsn, _lsn
FROM latest_row(changes => TABLE changes PARTITION BY id);
