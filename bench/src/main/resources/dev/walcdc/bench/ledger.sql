-- The table that is measured, and the procedures that write to it. All is a function of the seed: no
-- random(), so that every run writes the same rows.
--
-- Rows come in blocks of 60. Transaction t inserts block t + 10, updates 30 rows of any age and
-- deletes the 10 of block t whose id is divisible by 6; blocks 0 to 9 are there before it begins.
CREATE TABLE app.ledger (
  id bigint PRIMARY KEY,
  account text NOT NULL,
  note text,
  booked_at timestamptz NOT NULL,
  amount numeric(18,2) NOT NULL,
  details jsonb NOT NULL
);

CREATE FUNCTION app.hash(n bigint, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN hashint8extended(n, seed) & 9223372036854775807;

CREATE FUNCTION app.ledger_block(block bigint, seed bigint) RETURNS SETOF app.ledger
LANGUAGE sql STABLE AS $$
  SELECT id,
         'account-' || h % 100000,
         CASE WHEN h % 20 = 0 THEN NULL ELSE md5(h::text) || ' ' || md5(id::text) END,
         clock_timestamp(),
         (h % 1000000000)::numeric / 100,
         jsonb_build_object('channel', (ARRAY['web', 'shop', 'phone'])[1 + h % 3], 'items', h % 17, 'rush', h % 5 = 0)
    FROM (SELECT n AS id, app.hash(n, seed) AS h FROM generate_series(block * 60 + 1, block * 60 + 60) n) numbers
$$;

CREATE PROCEDURE app.prepare_ledger(seed bigint) LANGUAGE sql AS $$
  INSERT INTO app.ledger SELECT row.* FROM generate_series(0, 9) block, app.ledger_block(block, seed) row
$$;

CREATE PROCEDURE app.write_ledger(transactions bigint, seed bigint) LANGUAGE plpgsql AS $$
DECLARE
  blocks bigint;
  start bigint;
BEGIN
  FOR t IN 0 .. transactions - 1 LOOP
    INSERT INTO app.ledger SELECT * FROM app.ledger_block(t + 10, seed);
    -- The j-th row that is never deleted has id j / 5 * 6 + j % 5 + 1; there are 50 in a block.
    blocks := t + 11;
    start := app.hash(t, seed);
    UPDATE app.ledger
       SET amount = amount + 1.01, booked_at = clock_timestamp(), note = md5((start + id)::text)
     WHERE id = ANY (ARRAY(
       SELECT j / 5 * 6 + j % 5 + 1
         FROM (SELECT (start % (50 * blocks) + i * blocks) % (50 * blocks) AS j FROM generate_series(0, 29) i) live));
    DELETE FROM app.ledger WHERE id = ANY (ARRAY(SELECT t * 60 + i * 6 FROM generate_series(1, 10) i));
    COMMIT;
  END LOOP;
END
$$;
