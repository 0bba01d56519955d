-- Makes a database ready to be captured by role walcdc and read by role reader, and then looks whether it is. It
-- may be run at any time, by a superuser; what is there already stays.

-- Beats, so that the slot advances while nothing else happens, and requests to read tables again.
CREATE SCHEMA IF NOT EXISTS walcdc;
CREATE TABLE IF NOT EXISTS walcdc.heartbeat (id int PRIMARY KEY, beat_at timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS walcdc.signal (id text PRIMARY KEY, kind text NOT NULL, body text NOT NULL);
GRANT SELECT, INSERT, UPDATE ON walcdc.heartbeat TO walcdc;
GRANT SELECT, INSERT, DELETE ON walcdc.signal TO walcdc;

-- A snapshot reads every table, those that are made later by the same owner included.
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO walcdc, reader', name);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO walcdc, reader', name);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO walcdc, reader', name);
  END LOOP;
END $$;

-- A publication that somebody made for some tables keeps them.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'walcdc') THEN
    CREATE PUBLICATION walcdc FOR ALL TABLES;
  ELSIF NOT (SELECT puballtables FROM pg_publication WHERE pubname = 'walcdc') THEN
    IF NOT EXISTS (SELECT FROM pg_publication_tables
                    WHERE pubname = 'walcdc' AND schemaname = 'walcdc' AND tablename = 'heartbeat') THEN
      ALTER PUBLICATION walcdc ADD TABLE walcdc.heartbeat;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_publication_tables
                    WHERE pubname = 'walcdc' AND schemaname = 'walcdc' AND tablename = 'signal') THEN
      ALTER PUBLICATION walcdc ADD TABLE walcdc.signal;
    END IF;
  END IF;
END $$;
ALTER PUBLICATION walcdc
  SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = true);

-- Updates say which row they mean; those of tables with long values also what they leave unchanged.
DO $$
DECLARE
  relation record;
BEGIN
  FOR relation IN
    SELECT c.oid::regclass AS name,
           c.relreplident AS identity,
           EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                      AND a.attstorage IN ('x', 'e') AND (a.atttypmod = -1 OR a.atttypmod > 2000)
                      AND c.reltoastrelid <> 0) AS long,
           EXISTS (SELECT FROM pg_index k JOIN pg_index i USING (indrelid)
                    WHERE indrelid = c.oid AND k.indisprimary AND i.indisreplident
                      AND NOT (k.indkey::int2[])[0:k.indnkeyatts - 1]
                            <@ (i.indkey::int2[])[0:i.indnkeyatts - 1]) AS without_key
      FROM pg_publication_tables p
      JOIN pg_namespace n ON n.nspname = p.schemaname
      JOIN pg_class root ON root.relnamespace = n.oid AND root.relname = p.tablename
      -- Of a partitioned table its partitions: their identity counts.
      JOIN pg_class c ON c.relkind = 'r'
                     AND coalesce(pg_partition_root(c.oid), c.oid::regclass) = root.oid::regclass
     WHERE p.pubname = 'walcdc' AND p.schemaname <> 'walcdc'
       AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
  LOOP
    IF relation.identity = 'd' AND relation.long THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', relation.name);
    ELSIF relation.identity = 'n' OR relation.without_key THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', relation.name,
                     CASE WHEN relation.long THEN 'FULL' ELSE 'DEFAULT' END);
    END IF;
  END LOOP;
END $$;

-- What cannot be given here.
DO $$
DECLARE
  missing text;
BEGIN
  IF current_setting('wal_level') <> 'logical' THEN
    RAISE EXCEPTION 'wal_level is %, so the WAL does not say which rows changed', current_setting('wal_level')
      USING HINT = 'Set wal_level = logical and restart PostgreSQL.';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'walcdc')
     AND (SELECT count(*) FROM pg_replication_slots) >= current_setting('max_replication_slots')::int THEN
    RAISE EXCEPTION 'All % replication slots are taken', current_setting('max_replication_slots')
      USING HINT = 'Drop one that nobody reads, or set max_replication_slots higher and restart PostgreSQL.';
  END IF;
  IF NOT (SELECT rolreplication FROM pg_roles WHERE rolname = 'walcdc') THEN
    RAISE EXCEPTION 'Role walcdc may not read the WAL' USING HINT = 'ALTER ROLE walcdc REPLICATION;';
  END IF;
  SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') INTO missing
    FROM pg_publication_tables
   WHERE pubname = 'walcdc'
     AND NOT (has_schema_privilege('walcdc', schemaname, 'USAGE')
              AND has_table_privilege('walcdc', format('%I.%I', schemaname, tablename), 'SELECT'));
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'Role walcdc may not read %', missing USING HINT = 'Run this as a superuser.';
  END IF;
END $$;
