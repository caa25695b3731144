#!/bin/sh
# Builds vcplane, joins two daemons, west and east, by a cable, and makes calls by address from an
# application on west to one on east, which echoes their messages; then a call whose rate changes,
# and one to two leaves. Prints how fast, and exits 0 only if every message came back, or arrived,
# intact. Leaves nothing behind.
#
# usage: scripts/demo.sh [--cable memif|af_xdp|af_packet] [--circuits called|permanent] [--vcs N]
#                        [--size BYTES] [--seconds S] [--count ROUND_TRIPS] [--build FOLDER]
#                        [--capture FILE]
#   --cable   memif (default): shared memory, for any user; af_xdp, af_packet: a veth pair between
#             two network namespaces, for root
#   --circuits  called (default): set up by signaling; permanent: configured at both ends
#   --capture   on an af_packet cable: keep the signaling that passes, for Wireshark
#   --build   use what is built there instead of building
set -u
cd "$(dirname "$0")/.." || exit 1

caller_folder=$OLDPWD
cable=memif circuits=called vcs=4 size=64 seconds=3 count=20000 build= capture=
echo_address=+358401234567 leaf_address=+35840000000
work= west_pid= east_pid= serve_pid= client_pid= capture_pid= ended_pid= leaf_pids= namespaces=
west_ns=vcp-west-$$ east_ns=vcp-east-$$

usage() {
  sed -n '/^# usage/,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

fail() {
  echo "demo: $*" >&2
  exit 1
}

# fail with the end of a log: WHAT NAME
fail_with_log() {
  echo "demo: $1; the end of the log of $2:" >&2
  tail -n 15 "$work/$2.log" | sed 's/^/  /' >&2
  exit 1
}

running() { grep -qs '^State:[[:space:]]*[^XZ]' "/proc/$1/status"; } # PID

# stop PID: asks again every second, because a child that is not yet its program hears nothing.
stop() {
  [ -n "$1" ] || return 0
  rounds=0
  while running "$1"; do
    [ $((rounds % 20)) != 0 ] || kill "$1" 2>/dev/null
    rounds=$((rounds + 1))
    sleep 0.05
  done
  wait "$1" 2>/dev/null
  return 0
}

clean_up() {
  trap - EXIT
  trap '' INT TERM
  # The last one started, if a signal came before its pid was noted.
  [ "${!-}" = "$ended_pid" ] || stop "${!-}"
  stop "$client_pid"
  for pid in $leaf_pids; do stop "$pid"; done
  stop "$serve_pid"
  stop "$west_pid"
  stop "$east_pid"
  stop "$capture_pid"
  for namespace in $namespaces; do
    ip netns delete "$namespace" # its end of the veth pair goes with it
  done
  [ -z "$work" ] || rm -rf "$work"
}

# await SECONDS PID WHAT NAME COMMAND...: until the command succeeds or the process is gone.
await() {
  deadline=$(($(date +%s) + $1)) pid=$2 what=$3 name=$4
  shift 4
  until "$@" >/dev/null 2>&1; do
    running "$pid" || fail_with_log "$name ended" "$name"
    [ "$(date +%s)" -lt "$deadline" ] || fail_with_log "$what" "$name"
    sleep 0.1
  done
}

# Calls wait for signaling: what is asked before both ends have met is cleared when they meet.
is_up() {
  topic=links
  [ "$circuits" = called ] || topic=ports
  "$bin/vcctl/vcctl" --operator "$1" show "$topic" | grep -q " up "
}

device() { # SIDE ROLE
  case $cable in
    memif) echo "net_memif,role=$2,id=0,socket=$work/cable.sock,socket-abstract=no" ;;
    af_packet) # What bypasses queueing disciplines bypasses captures.
      echo "net_af_packet,iface=cable-$1${capture:+,qdisc_bypass=0}" ;;
    *) echo "net_$cable,iface=cable-$1" ;;
  esac
}

write_config() { # SIDE CABLE_ROLE SIGNALING_SIDE
  cat >"$work/$1.toml" <<END
[daemon]
attach_socket = "$work/$1.sock"
operator_socket = "$work/$1-operator.sock"

[[port]]
name = "cable0"
device = "$(device "$1" "$2")"

END
  if [ "$circuits" = called ]; then
    printf '[[link]]\nport = "cable0"\nside = "%s"\n' "$3"
  else
    printf '[[pvc]]\nname = "line"\nport = "cable0"\nlabel = 1000\ncount = %s\n' "$vcs"
  fi >>"$work/$1.toml"
}

# Prints a command that runs others in a network namespace. `ip netns exec` mounts as well, which
# not every root folder allows.
in_namespace() { echo "nsenter --net=/var/run/netns/$1"; }

# shellcheck disable=SC2046 # words
make_namespaces() {
  for namespace in "$west_ns" "$east_ns"; do
    ip netns add "$namespace" || fail "cannot make a network namespace; this needs root"
    namespaces="$namespaces $namespace"
  done
  # Made inside, so that no name can clash with an interface of this host.
  $(in_namespace "$west_ns") ip link add cable-west type veth \
    peer name cable-east netns "$east_ns" &&
    $(in_namespace "$west_ns") ip link set cable-west addrgenmode none up &&
    $(in_namespace "$east_ns") ip link set cable-east addrgenmode none up ||
    fail "cannot make a veth pair; does this kernel have the veth module?"
}

start_daemon() { # SIDE NAMESPACE; the caller takes $!
  within=
  [ "$cable" = memif ] || within=$(in_namespace "$2")
  # shellcheck disable=SC2086 # words, or none
  $within "$bin/vcplaned/vcplaned" --dev --config "$work/$1.toml" >"$work/$1.log" 2>&1 &
}

# Signaling passes on label 21. Says where to write when it has begun.
start_capture() {
  : >"$capture" || exit 1
  # shellcheck disable=SC2046 # words
  $(in_namespace "$east_ns") tshark -q -i cable-east -f "mpls 21" -w "$capture" \
    >"$work/capture.log" 2>&1 &
  capture_pid=$!
  await 20 "$capture_pid" "the capture does not start" capture \
    grep -q "Capturing on" "$work/capture.log"
}

# client COMMAND...: an application on west; interruptible, unlike a command in the foreground.
# Reads $input, if that is set.
client() {
  "$@" <"${input:-/dev/null}" &
  client_pid=$!
  wait "$client_pid"
  status=$?
  ended_pid=$client_pid client_pid=
  [ "$status" = 0 ] || exit "$status"
}

measure() { # vcperf's words
  # shellcheck disable=SC2086 # two words
  client "$bin/vcperf/vcperf" "$@" --attach "$work/west.sock" \
    --operator "$work/west-operator.sock" $far_end --vcs "$vcs" --size "$size"
}

start_leaf() { # NUMBER
  "$bin/examples/leaf" --attach "$work/east.sock" --call "$leaf_address$1" \
    >"$work/heard-$1" 2>"$work/leaf-$1.log" &
  leaf_pids="$leaf_pids $!"
  await 20 $! "the leaf does not start" "leaf-$1" grep -q ready "$work/leaf-$1.log"
}

# One message for each line of a file, sent once, heard by both leaves: as many as the rings of any
# cable take, since nobody waits for an answer here.
broadcast() {
  start_leaf 1
  start_leaf 2
  seq 200 >"$work/said"
  input=$work/said
  client "$bin/examples/broadcast" --attach "$work/west.sock" --call "${leaf_address}1" \
    --call "${leaf_address}2"
  for pid in $leaf_pids; do wait "$pid"; done
  leaf_pids=
  cmp -s "$work/said" "$work/heard-1" && cmp -s "$work/said" "$work/heard-2" ||
    fail "the leaves did not hear what was said"
  echo "one call, two leaves: 200 messages sent once, each heard by both"
}

while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || usage
  case $1 in
    --cable) cable=$2 ;;
    --circuits) circuits=$2 ;;
    --vcs) vcs=$2 ;;
    --size) size=$2 ;;
    --seconds) seconds=$2 ;;
    --count) count=$2 ;;
    --build) build=$2 ;;
    --capture) capture=$2 ;;
    *) usage ;;
  esac
  shift 2
done
case $cable in
  memif) ;;
  af_xdp | af_packet) [ "$(id -u)" = 0 ] || fail "--cable $cable needs root; memif does not" ;;
  *) usage ;;
esac
case $capture in
  "") ;;
  *) [ "$cable" = af_packet ] || fail "--capture is for --cable af_packet; others pass no kernel"
    command -v tshark >/dev/null || fail "--capture needs tshark: apt-get install tshark" ;;
esac
case $capture in "" | /*) ;; *) capture=$caller_folder/$capture ;; esac
case $circuits in called | permanent) ;; *) usage ;; esac

if [ -z "$build" ]; then
  build=build/release
  scripts/build.sh || exit 1
fi
bin=$build/apps
[ -x "$bin/vcplaned/vcplaned" ] || fail "$build has no vcplaned; leave --build out to build it"

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
work=$(mktemp -d) || fail "cannot make a folder in ${TMPDIR:-/tmp}"
write_config west client user
write_config east server network
[ "$cable" = memif ] || make_namespaces

[ -z "$capture" ] || start_capture

start_daemon east "$east_ns"
east_pid=$!
start_daemon west "$west_ns"
west_pid=$!
await 20 "$east_pid" "the cable does not come up" east is_up "$work/east-operator.sock"
await 20 "$west_pid" "the cable does not come up" west is_up "$work/west-operator.sock"

if [ "$circuits" = called ]; then
  far_end="--call $echo_address" served="--call $echo_address" kind="calls to $echo_address"
else
  far_end="--pvc line" served="--pvc line" kind="permanent circuits"
  [ "$vcs" -gt 1 ] || far_end="--pvc line/0"
fi
# shellcheck disable=SC2086 # two words
"$bin/vcperf/vcperf" serve --attach "$work/east.sock" $served >"$work/serve.log" 2>&1 &
serve_pid=$!
await 20 "$serve_pid" "the echo does not start" serve grep -q ready "$work/serve.log"

echo "application == west == $cable cable == east == echo; $kind: $vcs"
measure throughput --seconds "$seconds"
measure latency --count "$count"
if [ "$circuits" = called ]; then
  client "$bin/examples/change_rate" --attach "$work/west.sock" --call "$echo_address"
  broadcast
fi
echo "Every message came back intact."
