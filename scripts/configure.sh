#!/bin/sh
# Configures a build folder, anew if it is there: that takes a second and rebuilds nothing. Says
# what meson said only if it fails.
#
# usage: scripts/configure.sh FOLDER MESON_OPTION...
set -eu
cd "$(dirname "$0")/.."

folder=$1
shift
again=
[ ! -e "$folder/meson-private/coredata.dat" ] || again=--reconfigure
# shellcheck disable=SC2086 # one word or none
said=$(meson setup $again "$folder" "$@" 2>&1) || { echo "$said" >&2; exit 1; }
