#!/bin/sh
# The password of the statistics page comes from a file; an empty file leaves the page open to whoever reaches its port.
set -eu
if [ -s /run/secrets/stats_password ]; then
  STATS_PASSWORD=$(cat /run/secrets/stats_password)
  export STATS_PASSWORD
fi
if [ -s /run/secrets/tls_certificate ]; then
  export TLS_CERTIFICATE=/run/secrets/tls_certificate
fi
exec haproxy -W -db -f /usr/local/etc/haproxy/haproxy.cfg
