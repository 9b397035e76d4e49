#!/bin/sh
# Gives the three roles the passwords that stand in the addresses of their secret files, when the volume of the database is empty.
# Run by the database's image after roles.sql and database.sql, as its superuser. Letters and digits only: an address would need others escaped.
set -eu
folder=${SECRETS_FOLDER:-/run/secrets}

password_of() {
    sed -n 's|^[a-z+]*://[^:/@]*:\([A-Za-z0-9]*\)@.*$|\1|p' "$folder/$1" | grep . || { echo "$folder/$1 holds no address with a password" >&2; exit 1; }
}

owner=$(password_of migration_database_url)
pages=$(password_of database_url)
jobs=$(password_of jobs_database_url)

psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --dbname "${POSTGRES_DB:-millgate}" --username "${POSTGRES_USER:-postgres}" <<SQL
ALTER DATABASE millgate OWNER TO millgate_owner;
ALTER ROLE millgate_owner PASSWORD '$owner';
ALTER ROLE millgate_app PASSWORD '$pages';
ALTER ROLE millgate_jobs PASSWORD '$jobs';
SQL
