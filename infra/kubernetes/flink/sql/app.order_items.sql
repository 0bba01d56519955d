-- Changes of app.order_items into the lake.

CREATE TEMPORARY TABLE change_log
WITH ('topic' = '${TOPIC_PREFIX:-dbserver1}.app.order_items')
LIKE any_change_log;

CREATE TEMPORARY VIEW changes AS
SELECT c.*
FROM change_log
CROSS JOIN LATERAL TABLE(
  read_change(
    'app.order_items',
    'ROW<order_id BIGINT NOT NULL, line INT NOT NULL, product_id BIGINT, quantity INT, price DECIMAL(10, 2)>',
    envelope, headers, `partition`, `offset`)) AS c;

CREATE TABLE IF NOT EXISTS lake.`${FLINK_NAMESPACE:-flink_app}`.order_items (
  order_id BIGINT NOT NULL,
  line INT NOT NULL,
  product_id BIGINT,
  quantity INT,
  price DECIMAL(10, 2),
  _epoch INT NOT NULL,
  _last_commit_lsn BIGINT NOT NULL,
  _lsn BIGINT NOT NULL,
  PRIMARY KEY (order_id, line) NOT ENFORCED
);

INSERT INTO lake.`${FLINK_NAMESPACE:-flink_app}`.order_items
SELECT order_id, line, product_id, quantity, price, _epoch, _last_commit_lsn, _lsn
FROM latest_row(changes => TABLE changes PARTITION BY (order_id, line));
