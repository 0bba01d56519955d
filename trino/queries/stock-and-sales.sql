-- Which products run out first?
-- Stock is what PostgreSQL has this moment, sales are of a second ago (ClickHouse), and what was sold
-- in all, cancelled orders left out, is of the last commit of the lake (Iceberg).
WITH recent AS (
  SELECT i.product_id, sum(i.quantity) AS units, sum(i.quantity * i.price) AS revenue
  FROM clickhouse.app.order_items_current i
  JOIN clickhouse.app.orders_current o ON o.id = i.order_id
  WHERE o.status = 'placed'
  GROUP BY i.product_id
), ever AS (
  SELECT product_id, sum(quantity) AS units, count(DISTINCT order_id) AS orders
  FROM iceberg.app.order_items
  GROUP BY product_id
)
SELECT p.id, p.name, p.stock,
       coalesce(r.units, 0) AS units_to_ship,
       coalesce(r.revenue, 0) AS worth,
       coalesce(e.units, 0) AS units_ever,
       coalesce(e.orders, 0) AS orders_ever,
       p.stock - coalesce(r.units, 0) AS left_over
FROM postgres.app.products p
LEFT JOIN recent r ON r.product_id = p.id
LEFT JOIN ever e ON e.product_id = p.id
ORDER BY left_over, p.id
