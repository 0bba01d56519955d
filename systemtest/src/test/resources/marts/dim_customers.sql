SELECT u.id AS user_id, u.name, u.email, count(o.id) AS orders,
       coalesce(sum(o.total), 0)::numeric(38, 2) AS spent,
       to_char(min(o.placed_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS first_order_at,
       to_char(max(o.placed_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS last_order_at
FROM app.users u
LEFT JOIN app.orders o ON o.user_id = u.id
GROUP BY u.id, u.name, u.email
