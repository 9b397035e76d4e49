-- The three roles of the application, to be run by a superuser of the cluster in any database; running it again changes nothing.
-- The embedded server needs no passwords (nobody but its user reaches the socket). On a real server set them afterwards:
--   ALTER ROLE millgate_owner PASSWORD '…';  ALTER ROLE millgate_app PASSWORD '…';  ALTER ROLE millgate_jobs PASSWORD '…';
-- and then:
--   CREATE DATABASE millgate OWNER millgate_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8';
--   \connect millgate
--   \i database.sql

DO $$
BEGIN
    -- Owns the database and runs the migrations; no page and no task connects as this role.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'millgate_owner') THEN
        CREATE ROLE millgate_owner LOGIN;
    END IF;
    -- Pages. Row security applies to it.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'millgate_app') THEN
        CREATE ROLE millgate_app LOGIN;
    END IF;
    -- Tasks, the indexer and commands act for every company.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'millgate_jobs') THEN
        CREATE ROLE millgate_jobs LOGIN BYPASSRLS;
    END IF;
END
$$;

ALTER ROLE millgate_owner NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE millgate_app NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE millgate_jobs NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE;

-- Desk pages of platform staff run SET LOCAL ROLE millgate_jobs; without that word the membership gives nothing.
GRANT millgate_jobs TO millgate_app WITH INHERIT FALSE, SET TRUE;

-- Nothing of ours lies on turning discs. With the server's own 4 a table of two pages is read whole instead of one row looked up in it, and so
-- all places for the stock of each hit of a page.
ALTER ROLE millgate_app SET random_page_cost = 1.1;
ALTER ROLE millgate_jobs SET random_page_cost = 1.1;
