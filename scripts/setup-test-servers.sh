#!/usr/bin/env bash
# Installs what the tests need beside npm, on Debian as root; quick when all is there. Elsewhere the tests that need a missing
# program are reported as skipped, by name.
set -euo pipefail

present() {
  case "$1" in
    # Debian keeps the server's programs out of PATH.
    initdb) command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
    chromium) command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

declare -A package_of=([promtool]=prometheus [redis-server]=redis-server [redis-cli]=redis-tools [initdb]=postgresql [chromium]=chromium
  [haproxy]=haproxy [prometheus-alertmanager]=prometheus-alertmanager [prometheus-redis-exporter]=prometheus-redis-exporter
  [nginx]=nginx-light [tmux]=tmux)
missing=()
for program in "${!package_of[@]}"; do
  present "$program" || missing+=("${package_of[$program]}")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "all there"
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
  echo "not installed: ${missing[*]} (needs apt-get and root); tests that need them will be skipped"
  exit 0
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# A package that starts its server while it is installed would take ports from the tests.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq || true
# One by one: what can be had is installed even where something can't.
for package in "${missing[@]}"; do
  apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
    echo "could not install $package; tests that need it will be skipped"
done
