#!/bin/bash
# Images with the official names, made of Debian packages, for a Docker engine that can pull none. They follow only what the stack uses
# of the official images: names of programs, users and their ids, volumes, and the entrypoint of PostgreSQL.
#   build.sh DIRECTORY NODE_BINARY    (root; DIRECTORY keeps the root file system; DOCKER_HOST says which engine)
set -euo pipefail
directory=$1
node=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$directory/rootfs
export DOCKER_BUILDKIT=0

if [ ! -e "$root/.complete" ]; then
  rm -rf "$root"
  debootstrap --variant=minbase --include=ca-certificates,curl,libatomic1,libstdc++6 bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  chroot "$root" /bin/sh -eu <<'SH'
export DEBIAN_FRONTEND=noninteractive
groupadd -r -g 999 redis && useradd -r -u 999 -g 999 redis
groupadd -r -g 998 postgres && useradd -r -u 998 -g 998 -d /var/lib/postgresql -m postgres
groupadd -g 1000 node && useradd -u 1000 -g 1000 -m node
apt-get update
apt-get install -y --no-install-recommends postgresql-common
sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
apt-get install -y --no-install-recommends redis-server haproxy postgresql-15 \
  prometheus prometheus-alertmanager prometheus-redis-exporter prometheus-postgres-exporter prometheus-node-exporter
# The package insists on a number of its own choice.
usermod -u 99 haproxy && groupmod -g 99 haproxy
apt-get clean
SH
  touch "$root/.complete"
fi

tar -C "$root" --exclude=./proc/* --exclude=./sys/* --exclude=./dev/* -c . | docker import - debian:bookworm-slim >/dev/null

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
image() { # name <Dockerfile; then the context is empty again, since all of it is sent each time
  { echo 'FROM debian:bookworm-slim' && cat; } >"$context/Dockerfile"
  docker build --pull=false -q -t "$1" "$context" >/dev/null 2>&1
  echo "$1"
  rm -rf "${context:?}"/*
}

cp "$node" "$context/node"
# npm, for the build of the app's image.
cp -rL "${NPM_DIRECTORY:-$(npm root -g 2>/dev/null)/npm}" "$context/npm"
cp "${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}" "$context/ca.crt"
image node:24-bookworm-slim <<'D'
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN chmod 755 /usr/local/bin/node && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
CMD ["node"]
D
image redis:7-bookworm <<'D'
RUN cp -L /usr/bin/redis-server /usr/local/bin/redis-server && cp -L /usr/bin/redis-cli /usr/local/bin/redis-cli && mkdir /data && chown redis:redis /data
VOLUME /data
WORKDIR /data
CMD ["redis-server"]
D
cp "$here/postgres-entrypoint.sh" "$context/"
image postgres:15-bookworm <<'D'
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN mkdir -p /var/lib/postgresql/data /docker-entrypoint-initdb.d /var/run/postgresql && chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql && chmod 1777 /var/lib/postgresql/data && chmod 3777 /var/run/postgresql
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/bash", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["postgres"]
D
image haproxy:2.6 <<'D'
RUN mkdir -p /usr/local/etc/haproxy && ln -s /usr/sbin/haproxy /usr/local/sbin/haproxy
USER haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
D
image prom/prometheus:v2.53.5 <<'D'
RUN mkdir /prometheus && chown nobody:nogroup /prometheus
USER nobody
VOLUME /prometheus
WORKDIR /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
D
image prom/alertmanager:v0.27.0 <<'D'
RUN mkdir /alertmanager && chown nobody:nogroup /alertmanager
USER nobody
VOLUME /alertmanager
WORKDIR /alertmanager
ENTRYPOINT ["/usr/bin/prometheus-alertmanager"]
D
image oliver006/redis_exporter:v1.62.0 <<'D'
USER 59000:59000
ENTRYPOINT ["/usr/bin/prometheus-redis-exporter"]
D
image quay.io/prometheuscommunity/postgres-exporter:v0.15.0 <<'D'
USER nobody
ENTRYPOINT ["/usr/bin/prometheus-postgres-exporter"]
D
