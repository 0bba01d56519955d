-- What became of the orders that the lake had half a minute ago?
-- Iceberg keeps its past: the same table twice, once as it was. It has to be that old.
WITH before AS (
  SELECT id, status
  FROM iceberg.app.orders FOR TIMESTAMP AS OF (current_timestamp - INTERVAL '30' SECOND)
)
SELECT coalesce(before.status, '(new)') AS was,
       coalesce(now.status, '(cancelled)') AS is_now,
       count(*) AS orders
FROM before
FULL JOIN iceberg.app.orders now ON now.id = before.id
GROUP BY 1, 2
ORDER BY 1, 2
