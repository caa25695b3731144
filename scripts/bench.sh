#!/bin/sh
# Builds vcplane and its benchmarks, and measures it beside dpdk-testpmd over net_memif on this
# machine's first two CPUs. Prints a table; every round is in build/bench.json. Wants a quiet
# machine for some minutes; as root it reserves hugepages meanwhile, otherwise both do without.
#
# usage: scripts/bench.sh [--rounds N] [--seconds S] [--sizes B,B...] [--no-hugepages]
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh test
scripts/build.sh
meson configure build/release -Dbenchmarks=true >/dev/null
ninja -C build/release --quiet benchmarks/path/floor benchmarks/peers/memif_client
exec python3 benchmarks/peers/compare.py --build build/release --json build/bench.json "$@"
