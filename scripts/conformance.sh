#!/bin/sh
# Runs the tests that carry the environment's rule numbers, and prints one line per rule: how many
# tests of single modules hold it, how many by clients in a test's own process and by applications,
# by call manager. build/conformance.json says the same, and why a rule does not apply somewhere.
# Fails when a test does, when a rule has no test, or a column of it neither a test nor a reason.
#
# usage: scripts/conformance.sh
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh test
folder=build/release
scripts/configure.sh $folder -Dtests=true
ninja -C $folder --quiet
meson test -C $folder --no-rebuild --quiet --suite unit --suite conformance >/dev/null || true
exec python3 tests/conformance/table.py $folder
