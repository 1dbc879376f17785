#!/bin/sh
# Makes one cluster of the nodes in REDIS_NODES (host:port, separated by spaces), three masters with a replica each. Runs again at every
# `up` and at every scaling: where there is a cluster, it only introduces the nodes to each other again, since containers that were
# made anew have other addresses than those that the nodes remember.
set -eu
REDISCLI_AUTH=$(cat /run/secrets/redis_password)
export REDISCLI_AUTH

ask() { # host:port command…
  node=$1
  shift
  timeout 3 redis-cli --no-auth-warning -h "${node%:*}" -p "${node#*:}" "$@"
}
field() { # host:port name: of CLUSTER INFO
  ask "$1" CLUSTER INFO | tr -d '\r' | sed -n "s/^$2://p"
}
# What Redis takes are addresses, not names. getent is in every image; DNS answers only for containers that run.
address_of() {
  getent ahostsv4 "${1%:*}" | { read -r address _ && echo "$address:${1#*:}"; }
}

for node in $REDIS_NODES; do
  tries=0
  until [ "$(ask "$node" PING 2>/dev/null)" = PONG ]; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || { echo "$node does not answer" >&2; exit 1; }
    sleep 0.5
  done
done

first=${REDIS_NODES%% *}
addresses=
count=0
slots=0
for node in $REDIS_NODES; do
  addresses="$addresses $(address_of "$node")"
  count=$((count + 1))
  assigned=$(field "$node" cluster_slots_assigned)
  [ "$assigned" -le "$slots" ] || slots=$assigned
done

if [ "$slots" -eq 0 ]; then
  # An earlier run may have been interrupted: nodes that have met, but own nothing, forget each other. Nothing can be lost.
  for node in $REDIS_NODES; do ask "$node" CLUSTER RESET HARD >/dev/null; done
  # shellcheck disable=SC2086 # a list
  redis-cli --no-auth-warning --cluster create $addresses --cluster-replicas 1 --cluster-yes
else
  for node in $REDIS_NODES; do
    for address in $addresses; do ask "$node" CLUSTER MEET "${address%:*}" "${address#*:}" >/dev/null; done
  done
fi

# Done when every node sees all slots and all nodes, and every replica has its master's data: before, nobody could take over.
settled() {
  for node in $REDIS_NODES; do
    [ "$(field "$node" cluster_state)" = ok ] || return 1
    [ "$(field "$node" cluster_slots_assigned)" = 16384 ] || return 1
    [ "$(field "$node" cluster_known_nodes)" -ge "$count" ] || return 1
    ask "$node" INFO replication | tr -d '\r' | grep -qxE 'role:master|master_link_status:up' || return 1
  done
}
tries=0
until settled 2>/dev/null; do
  tries=$((tries + 1))
  [ $tries -lt 120 ] || { echo "the cluster does not settle:" >&2; ask "$first" CLUSTER NODES >&2; exit 1; }
  sleep 0.5
done
echo "$count nodes, 16384 slots"
