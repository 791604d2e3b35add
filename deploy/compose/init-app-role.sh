#!/bin/sh
# Run once by the postgres image: the login the adapter works with. It owns nothing; `migrate` makes it a member of
# handover_app, behind row-level security.
set -eu
psql -v ON_ERROR_STOP=1 -v "password=$(cat /secrets/owner/app-password)" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role handover_adapter login nosuperuser nocreatedb nocreaterole nobypassrls password :'password';
SQL
