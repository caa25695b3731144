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
again=
[ ! -e $folder/meson-private/coredata.dat ] || again=--reconfigure
# shellcheck disable=SC2086 # one word or none
meson setup $again $folder -Dtests=true >/dev/null ||
  { echo "abuse: meson failed, see $folder/meson-logs/meson-log.txt" >&2; exit 1; }
ninja -C $folder --quiet apps/vcplaned/vcplaned tests/abuse/abuse_test tests/abuse/hostile_client
VCP_ABUSE_LONG=1 exec meson test -C $folder --no-rebuild --suite abuse --timeout-multiplier 0 \
  --print-errorlogs
