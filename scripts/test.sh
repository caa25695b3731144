#!/bin/sh
# Sets up, builds and runs every test: the release build and one with AddressSanitizer and
# UndefinedBehaviorSanitizer; the fuzz targets, each for a quarter of a minute; the build without
# DPDK only has to succeed. The last line is `N passed, N failed`; exits 0 only when nothing failed.
# Tests that need root say so and are skipped without it.
#
# usage: scripts/test.sh
set -u
cd "$(dirname "$0")/.." || exit 1
export UBSAN_OPTIONS=print_stacktrace=1

started=$(date +%s)
phase_started=$started
phase() {
  now=$(date +%s)
  [ "$now" = "$started" ] || echo "== took $((now - phase_started)) s"
  phase_started=$now
  [ -z "$1" ] || echo "== $1"
}

quietly() {
  output=$("$@" 2>&1) || { echo "$output"; return 1; }
}

# build FOLDER MESON_OPTION...
build() {
  folder=build/$1
  shift
  quietly scripts/configure.sh "$folder" "$@" && quietly ninja -C "$folder" --quiet
}

# run FOLDER TEST_OPTION...: shows what failed; the summary reads what meson leaves in the folder.
run() {
  folder=build/$1
  shift
  quietly meson test -C "$folder" --no-rebuild --quiet --print-errorlogs "$@"
}

phase "set-up"
scripts/setup.sh test || exit 1

folders='release sanitize fuzz'
unbuilt=0
for folder in $folders; do
  rm -f "build/$folder/meson-logs/testlog.json"
done

phase "release: build"
if build release -Dtests=true -Dbenchmarks=true; then
  phase "release: test"
  run release
fi

phase "address and undefined-behaviour sanitizers: build"
if build sanitize -Db_sanitize=address,undefined -Doptimization=1 -Dbenchmarks=false; then
  phase "address and undefined-behaviour sanitizers: test"
  run sanitize --no-suite tidy --timeout-multiplier 4
fi

phase "fuzzing: build"
if (
  export CC=clang-14 CXX=clang++-14
  build fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 \
    -Dbenchmarks=false
); then
  phase "fuzzing"
  run fuzz
fi

# What it is made of was tested above; here it only has to build.
phase "without DPDK: build"
build no-dpdk -Ddpdk=disabled -Doptimization=0 -Dbenchmarks=false -Dtests=false || {
  echo "test: does not build without DPDK" >&2
  unbuilt=1
}

phase ""
echo "== $(($(date +%s) - started)) s in all"
# shellcheck disable=SC2086 # a list of words
python3 tests/summary.py $folders && [ "$unbuilt" = 0 ]
