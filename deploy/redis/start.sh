#!/bin/sh
# Starts one node. The password comes from a file and goes to a file: an argument would stand in every list of processes.
set -eu
umask 077
password=$(cat /run/secrets/redis_password)
cat >/tmp/redis.conf <<CONF
include /etc/redis/redis-cluster.conf
requirepass $password
masterauth $password
CONF
exec redis-server /tmp/redis.conf
