#!/bin/bash
# What the stack needs of the official image's entrypoint: on an empty directory a cluster with user, database and password, then the
# scripts of /docker-entrypoint-initdb.d on a server that only its own socket reaches; then the server.
set -euo pipefail
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  export POSTGRES_USER=$user POSTGRES_DB=${POSTGRES_DB:-$user}
  initdb -D "$PGDATA" -U "$user" --pwfile="$POSTGRES_PASSWORD_FILE" ${POSTGRES_INITDB_ARGS:-} >/dev/null
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start >/dev/null
  [ "$POSTGRES_DB" = postgres ] || psql -q -U "$user" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
  for script in /docker-entrypoint-initdb.d/*.sh; do [ ! -e "$script" ] || "$script"; done
  pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
fi
exec "$@"
