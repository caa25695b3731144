#!/bin/sh
# Installs the Debian packages that are missing: those to build and run vcplane, or with `test`
# those of its tests too. Does nothing, and needs no rights, when all are there.
#
# usage: scripts/setup.sh [build|test]
set -eu
cd "$(dirname "$0")"

uses=build
case "${1:-build}" in
  build) ;;
  test) uses='build test' ;;
  *) echo "usage: scripts/setup.sh [build|test]" >&2; exit 2 ;;
esac

fail() {
  echo "setup: $*" >&2
  exit 1
}

wanted=$(for use in $uses; do awk -v use="$use" '$1 == use { print $2 }' packages; done)
missing=
for package in $wanted; do
  case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
    ii*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || fail "no apt-get here; install yourself what matches:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
  as_root=sudo
  sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } ||
    fail "packages are missing, run as root: apt-get install -y --no-install-recommends$missing"
fi

echo "setup: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  # shellcheck disable=SC2086 # lists of words
  $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $missing
}
install >"$log" 2>&1 || { cat "$log" >&2; fail "apt-get could not install:$missing"; }
