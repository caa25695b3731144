#!/bin/sh
# Builds vcplane, release, into build/release. Again after a change: builds what changed.
#
# usage: scripts/build.sh
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh build
if [ -e build ] && [ ! -w build ]; then
  echo "build: build/ belongs to $(stat -c %U build); remove it, or build as that user" >&2
  exit 1
fi
if [ ! -e build/release/build.ninja ]; then
  meson setup build/release -Dtests=false -Dbenchmarks=false >/dev/null ||
    { echo "build: meson failed, see build/release/meson-logs/meson-log.txt" >&2; exit 1; }
fi
echo "build: build/release"
quiet=--quiet
[ ! -t 1 ] || quiet= # A terminal shows progress on one line.
exec ninja -C build/release $quiet
