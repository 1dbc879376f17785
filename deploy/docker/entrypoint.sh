#!/bin/sh
# Reads secrets from files: NAME_FILE=/run/secrets/name becomes NAME. Neither Compose's configuration nor `docker inspect` shows them then.
set -eu

for name in DATABASE_URL DB_PASSWORD DB_REPLICA_URLS REDIS_PASSWORD MANAGEMENT_TOKENS JWT_SECRET INTERNAL_API_KEY SESSION_SECRET SLACK_WEBHOOK_URL ALERT_WEBHOOK_URL DISCORD_WEBHOOK_URL SMTP_URL SMTP_PASSWORD; do
  eval "file=\${${name}_FILE:-}"
  [ -n "$file" ] || continue
  if [ ! -r "$file" ]; then
    echo "${name}_FILE: $file can't be read; scripts/docker/secrets.mjs makes the files" >&2
    exit 1
  fi
  export "$name=$(cat "$file")"
  unset "${name}_FILE"
done

# Replicas have the primary's users: their addresses are put together here, so that the password need not be written down again.
if [ -n "${DB_REPLICA_HOSTS:-}" ] && [ -z "${DB_REPLICA_URLS:-}" ]; then
  DB_REPLICA_URLS=$(node -p '
    const { DB_REPLICA_HOSTS, DB_USER = "", DB_PASSWORD = "", DB_NAME = DB_USER } = process.env;
    const [user, password, name] = [DB_USER, DB_PASSWORD, DB_NAME].map(encodeURIComponent);
    DB_REPLICA_HOSTS.split(",").map((host) => `postgres://${user}:${password}@${host}/${name}`).join(",")')
  export DB_REPLICA_URLS
fi

exec "$@"
