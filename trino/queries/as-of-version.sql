-- What did the shop sell up to a snapshot of the lake?
-- wal-cdc sql -f trino/queries/as-of-version.sql --set snapshot=ID, with an ID of history.sql. A
-- snapshot never changes: the same question has the same answer tomorrow.
SELECT status, count(*) AS orders, sum(total) AS worth
FROM iceberg.app.orders FOR VERSION AS OF ${snapshot}
GROUP BY status
ORDER BY status
