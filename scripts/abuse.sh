#!/bin/sh
# Runs the abuse tests in their long forms against the release daemon: ten thousand attaches, ten
# minutes of chaos, thousands of clients that die. Takes about a quarter of an hour;
# scripts/test.sh runs the short forms, with sanitizers too. Exits 0 only when every case passed.
#
# usage: scripts/abuse.sh
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh test
folder=build/release
scripts/configure.sh $folder -Dtests=true
ninja -C $folder --quiet apps/vcplaned/vcplaned tests/abuse/abuse_test tests/abuse/hostile_client
VCP_ABUSE_LONG=1 exec meson test -C $folder --no-rebuild --suite abuse --timeout-multiplier 0 \
  --print-errorlogs
