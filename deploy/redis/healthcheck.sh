#!/bin/sh
# Healthy: it answers, and is not loading its data.
REDISCLI_AUTH=$(cat /run/secrets/redis_password) exec timeout 2 redis-cli --no-auth-warning PING | grep -qx PONG
