-- The roles that others log in by; passwords come from the environment, and are changed by a run of this.
\set ON_ERROR_STOP on
\getenv walcdc_password WALCDC_PASSWORD
\getenv reader_password READER_PASSWORD
-- Reads the WAL and what is published.
SELECT 'CREATE ROLE walcdc' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'walcdc') \gexec
ALTER ROLE walcdc LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'walcdc_password';
-- Reads tables, for queries over all stores.
SELECT 'CREATE ROLE reader' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') \gexec
ALTER ROLE reader LOGIN NOREPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'reader_password';
ALTER ROLE reader SET default_transaction_read_only = on;
