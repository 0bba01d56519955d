-- Who are the twenty best customers, and how is each to be reached now?
-- The address is the one that PostgreSQL has this moment, so that nobody writes to an old one; orders
-- come from ClickHouse, their lines from the lake.
WITH spending AS (
  SELECT user_id, count(*) AS orders, sum(total) AS spent
  FROM clickhouse.app.orders_current
  GROUP BY user_id
), buying AS (
  SELECT o.user_id, sum(i.quantity) AS units
  FROM iceberg.app.orders o
  JOIN iceberg.app.order_items i ON i.order_id = o.id
  GROUP BY o.user_id
)
SELECT u.id, u.name, u.email, s.orders, s.spent, coalesce(b.units, 0) AS units
FROM postgres.app.users u
JOIN spending s ON s.user_id = u.id
LEFT JOIN buying b ON b.user_id = u.id
ORDER BY s.spent DESC, u.id
LIMIT 20
