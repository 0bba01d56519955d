SELECT order_id, line, product_id, quantity, price, (quantity * price)::numeric(38, 2) AS amount
FROM app.order_items
