-- Changes of app.users into the lake.

CREATE TEMPORARY TABLE change_log
WITH ('topic' = '${TOPIC_PREFIX:-dbserver1}.app.users')
LIKE any_change_log;

CREATE TEMPORARY VIEW changes AS
SELECT c.*
FROM change_log
CROSS JOIN LATERAL TABLE(
  read_change(
    'app.users',
    'ROW<id BIGINT NOT NULL, name STRING, email STRING>',
    envelope, headers, `partition`, `offset`)) AS c;

CREATE TABLE IF NOT EXISTS lake.`${FLINK_NAMESPACE:-flink_app}`.users (
  id BIGINT NOT NULL,
  name STRING,
  email STRING,
  _epoch INT NOT NULL,
  _last_commit_lsn BIGINT NOT NULL,
  _lsn BIGINT NOT NULL,
  PRIMARY KEY (id) NOT ENFORCED
);

INSERT INTO lake.`${FLINK_NAMESPACE:-flink_app}`.users
SELECT id, name, email, _epoch, _last_commit_lsn, _lsn
FROM latest_row(changes => TABLE changes PARTITION BY id);
