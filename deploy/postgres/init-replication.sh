#!/bin/sh
# Once, when the primary's directory is made: the user that replicas copy with, and the one that figures are read with.
set -eu
replication_password=$(cat /run/secrets/replication_password)
exporter_password=$(cat /run/secrets/exporter_password)
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
  -v replication_password="$replication_password" -v exporter_password="$exporter_password" <<'SQL'
CREATE ROLE replicator WITH REPLICATION LOGIN PASSWORD :'replication_password';
CREATE ROLE exporter WITH LOGIN CONNECTION LIMIT 5 PASSWORD :'exporter_password';
GRANT pg_monitor TO exporter;
SQL
