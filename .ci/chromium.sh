#!/usr/bin/env bash
# Finds a Chromium for the browser tests; installs Debian's when this user may. Never fails: where
# there is none, those tests skip and say so.
set -uo pipefail
for name in "${REVITAL_CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium for the browser tests …"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq \
      --no-install-recommends chromium fonts-dejavu-core >/dev/null; } && exit 0
fi
echo "No Chromium: the browser tests will be skipped (on Debian: apt-get install chromium)."
