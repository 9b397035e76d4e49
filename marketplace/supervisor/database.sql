-- What only a superuser can do inside the database `millgate`; running it again changes nothing. Everything else is done by migrations.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
