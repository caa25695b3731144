#!/bin/sh
# Builds vcplane and its benchmarks, and measures it beside dpdk-testpmd over net_memif on this
# machine's first two CPUs. Prints a table; every round is in build/bench.json. Wants a machine
# where nothing else runs, for about four minutes. As root it reserves hugepages meanwhile,
# otherwise both sides do without. Exits 0 only with enough undisturbed rounds; leaves nothing
# behind.
#
# usage: scripts/bench.sh [--rounds N] [--seconds S] [--sizes B,B...] [--no-hugepages]
#                         [--max-void N] [--max-seconds S]
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh test

child=
trap '[ -z "$child" ] || kill "$child"; wait; exit 130' INT
trap '[ -z "$child" ] || kill "$child"; wait; exit 143' TERM
interruptible() { # unlike a command in the foreground
  "$@" &
  child=$!
  wait "$child"
  child=
}
interruptible scripts/build.sh
meson configure build/release -Dbenchmarks=true >/dev/null
interruptible ninja -C build/release --quiet benchmarks/path/floor benchmarks/peers/memif_client
exec python3 benchmarks/peers/compare.py --build build/release --json build/bench.json "$@"
