SELECT p.id AS product_id, p.name, p.price, p.stock, count(DISTINCT i.order_id) AS orders,
       coalesce(sum(i.quantity), 0) AS units_sold,
       coalesce(sum(i.quantity * i.price), 0)::numeric(38, 2) AS revenue
FROM app.products p
LEFT JOIN app.order_items i ON i.product_id = p.id
GROUP BY p.id, p.name, p.price, p.stock
