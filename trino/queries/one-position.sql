-- Do ClickHouse and the lake tell the same of the orders, up to one position of the log?
-- The two are never at the same place, and neither are two tables. The position is the least of four:
-- how far orders and their lines are in ClickHouse (walcdc.applied) and in Iceberg (the summary of the
-- latest snapshot), as the version (ADR 4) that the transaction after it begins with: what is below it
-- is of transactions that are whole in all four. A row counts if both have it in a version below the
-- position, an order if all of its lines do. Its total in ClickHouse must be the sum of its lines in
-- the lake: `differing` is 0. A table that rests holds the position back.
WITH places AS (
  SELECT epoch, CAST(last_commit_lsn AS bigint) AS last_commit
  FROM clickhouse.walcdc.applied
  WHERE source_schema = 'app' AND source_table IN ('orders', 'order_items')
  UNION ALL
  SELECT CAST(split_part(watermark, '/', 1) AS integer), from_base(split_part(watermark, '/', 2), 16)
  FROM (
    SELECT json_extract_scalar(s.summary['walcdc.watermarks'], '$["0"]') AS watermark
    FROM iceberg.app."orders$snapshots" s
    JOIN iceberg.app."orders$refs" r ON r.snapshot_id = s.snapshot_id AND r.name = 'main'
    UNION ALL
    SELECT json_extract_scalar(s.summary['walcdc.watermarks'], '$["0"]')
    FROM iceberg.app."order_items$snapshots" s
    JOIN iceberg.app."order_items$refs" r ON r.snapshot_id = s.snapshot_id AND r.name = 'main'
  )
), place AS (
  SELECT epoch, last_commit,
         epoch * DECIMAL '5192296858534827628530496329220096'
           + last_commit * DECIMAL '72057594037927936' AS version
  FROM places
  ORDER BY epoch, last_commit
  LIMIT 1
), orders_in_clickhouse AS (
  SELECT id, max_by(total, version) AS total, max_by(_is_deleted, version) AS deleted,
         max(version) AS version
  FROM (SELECT *, CAST(_version AS decimal(38, 0)) AS version FROM clickhouse.app.orders)
  GROUP BY id
), lines_in_clickhouse AS (
  SELECT order_id, line, max_by(_is_deleted, version) AS deleted, max(version) AS version
  FROM (SELECT *, CAST(_version AS decimal(38, 0)) AS version FROM clickhouse.app.order_items)
  GROUP BY order_id, line
), orders_in_iceberg AS (
  SELECT *, _epoch * DECIMAL '5192296858534827628530496329220096'
              + _last_commit_lsn * DECIMAL '72057594037927936' + _lsn AS version
  FROM iceberg.app.orders
), lines_in_iceberg AS (
  SELECT *, _epoch * DECIMAL '5192296858534827628530496329220096'
              + _last_commit_lsn * DECIMAL '72057594037927936' + _lsn AS version
  FROM iceberg.app.order_items
), orders AS (
  SELECT coalesce(c.id, i.id) AS id, c.total,
         coalesce(c.deleted = 0 AND c.version < p.version AND i.version < p.version, false) AS settled
  FROM orders_in_clickhouse c
  FULL JOIN orders_in_iceberg i ON i.id = c.id
  CROSS JOIN place p
  WHERE NOT coalesce(c.deleted = 1 AND i.id IS NULL, false)
), lines AS (
  SELECT coalesce(c.order_id, i.order_id) AS order_id, i.quantity * i.price AS amount,
         coalesce(c.version < p.version AND (c.deleted = 1) = (i.order_id IS NULL)
           AND coalesce(i.version < p.version, true), false) AS settled
  FROM lines_in_clickhouse c
  FULL JOIN lines_in_iceberg i ON i.order_id = c.order_id AND i.line = c.line
  CROSS JOIN place p
), sums AS (
  SELECT order_id, sum(amount) AS amount, bool_and(settled) AS settled
  FROM lines
  GROUP BY order_id
), compared AS (
  SELECT o.total, s.amount, o.settled AND coalesce(s.settled, true) AS settled
  FROM orders o
  LEFT JOIN sums s ON s.order_id = o.id
)
SELECT p.epoch, to_base(p.last_commit, 16) AS last_commit_lsn,
       count_if(c.settled) AS orders,
       coalesce(sum(c.total) FILTER (WHERE c.settled), 0) AS total_in_clickhouse,
       coalesce(sum(c.amount) FILTER (WHERE c.settled), 0) AS lines_in_iceberg,
       count_if(c.settled AND c.total IS DISTINCT FROM c.amount) AS differing,
       count_if(NOT c.settled) AS still_moving
FROM compared c
CROSS JOIN place p
GROUP BY p.epoch, p.last_commit
