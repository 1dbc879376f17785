#!/bin/sh
# A streaming replica: copies the primary when it has nothing yet, then follows it. One that fell behind further than the primary keeps
# WAL is begun anew by removing its volume.
set -eu
umask 077
primary=${PRIMARY_HOST:-postgres}
PGPASSFILE=/tmp/pgpass
export PGPASSFILE
echo "*:*:*:replicator:$(cat /run/secrets/replication_password)" >"$PGPASSFILE"

if [ ! -e "$PGDATA/PG_VERSION" ]; then
  # A copy that was interrupted leaves no PG_VERSION that could be trusted: it is made beside, and moved in one step.
  rm -rf "$PGDATA.new" && mkdir -p "$PGDATA.new"
  pg_basebackup -D "$PGDATA.new" -d "host=$primary port=5432 user=replicator application_name=replica" -X stream -c fast
  touch "$PGDATA.new/standby.signal"
  rm -rf "$PGDATA" && mv "$PGDATA.new" "$PGDATA"
fi
exec postgres -c config_file=/etc/postgresql/postgresql.conf \
  -c "primary_conninfo=host=$primary port=5432 user=replicator application_name=replica passfile=$PGPASSFILE"
