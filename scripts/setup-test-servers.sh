#!/usr/bin/env bash
# Installs what the tests need beside npm, on Debian as root; quick when all is there. Elsewhere the tests that need a missing
# program are reported as skipped, by name.
set -euo pipefail

declare -A package_of=([promtool]=prometheus)
missing=()
for program in "${!package_of[@]}"; do
  command -v "$program" >/dev/null 2>&1 || missing+=("${package_of[$program]}")
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
apt-get update -qq || true
if ! apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
  echo "could not install ${missing[*]}; tests that need them will be skipped"
fi
