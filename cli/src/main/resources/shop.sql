-- The demo shop. app.users is there already.
CREATE TABLE IF NOT EXISTS app.products (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  description text NOT NULL,
  price numeric(10, 2) NOT NULL,
  stock int NOT NULL,
  attributes jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS app.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL,
  status text NOT NULL,
  total numeric(12, 2) NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  shipped_on date
);
CREATE TABLE IF NOT EXISTS app.order_items (
  order_id bigint NOT NULL,
  line int NOT NULL,
  product_id bigint NOT NULL,
  quantity int NOT NULL,
  price numeric(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);
INSERT INTO app.products (name, description, price, stock, attributes)
SELECT * FROM (VALUES
  ('Alpine boots', 'Waterproof leather boots for rocky trails and snow', 189.90, 400, '{"size": 43, "waterproof": true}'::jsonb),
  ('Trail runners', 'Light shoes that dry fast, for running in the hills', 129.00, 600, '{"size": 42}'),
  ('Rain jacket', 'Three-layer shell that keeps wind and rain out', 219.50, 250, '{"colour": "green"}'),
  ('City sneakers', 'White canvas shoes for every day in town', 59.90, 900, '{"size": 41}'),
  ('Camping stove', 'Small gas stove that boils water in three minutes', 44.00, 300, '{"watts": 2600}'),
  ('Down sleeping bag', 'Warm to minus ten degrees, packs to four litres', 279.00, 120, '{"temperature": -10}'),
  ('Head torch', 'Rechargeable lamp with red light and 90 metres of reach', 39.95, 800, '{"lumen": 300}'),
  ('Wool socks', 'Merino socks that do not smell after a week', 17.50, 2000, '{}'),
  ('Climbing rope', '60 metres, 9.8 millimetres, dry treated', 159.00, 90, '{"length": 60}'),
  ('Coffee grinder', 'Hand grinder for the office and the tent', 49.00, 350, '{}')
) AS goods (name, description, price, stock, attributes)
WHERE NOT EXISTS (SELECT FROM app.products);
