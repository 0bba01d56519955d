SELECT (placed_at AT TIME ZONE 'UTC')::date AS placed_on, count(*) AS orders,
       count(*) FILTER (WHERE status = 'shipped') AS shipped,
       sum((SELECT coalesce(sum(quantity), 0) FROM app.order_items i WHERE i.order_id = o.id)) AS units,
       sum(total)::numeric(38, 2) AS revenue
FROM app.orders o
GROUP BY 1
