SELECT o.id AS order_id, o.user_id, o.status, o.total,
       to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS placed_at,
       (o.placed_at AT TIME ZONE 'UTC')::date AS placed_on, o.shipped_on,
       (SELECT count(*) FROM app.order_items i WHERE i.order_id = o.id) AS lines,
       (SELECT coalesce(sum(quantity), 0) FROM app.order_items i WHERE i.order_id = o.id) AS units,
       (SELECT coalesce(sum(quantity * price), 0)::numeric(38, 2)
        FROM app.order_items i WHERE i.order_id = o.id) AS lines_total
FROM app.orders o
