-- What else do those buy who buy this?
-- A product is a vector: how many units each of 256 groups of customers bought. Products whose vectors
-- point the same way sell to the same people. Bought in ClickHouse; names and stock from PostgreSQL.
WITH bought AS (
  SELECT i.product_id, o.user_id % 256 AS buyers, CAST(sum(i.quantity) AS double) AS units
  FROM clickhouse.app.order_items_current i
  JOIN clickhouse.app.orders_current o ON o.id = i.order_id
  GROUP BY 1, 2
), maps AS (
  SELECT product_id, map_agg(buyers, units) AS units
  FROM bought
  GROUP BY product_id
), vectors AS (
  SELECT product_id, transform(sequence(0, 255), g -> coalesce(element_at(units, g), 0e0)) AS v
  FROM maps
), pairs AS (
  SELECT a.product_id, b.product_id AS other_id, cosine_similarity(a.v, b.v) AS similarity,
         row_number() OVER (PARTITION BY a.product_id
                            ORDER BY cosine_similarity(a.v, b.v) DESC, b.product_id) AS place
  FROM vectors a
  JOIN vectors b ON b.product_id <> a.product_id
)
SELECT p.id, p.name, pairs.place, other.name AS bought_with, other.stock,
       round(pairs.similarity, 3) AS similarity
FROM pairs
JOIN postgres.app.products p ON p.id = pairs.product_id
JOIN postgres.app.products other ON other.id = pairs.other_id
WHERE pairs.place <= 2
ORDER BY p.id, pairs.place
