#!/bin/bash
# Proves that the README's two commands work on a machine that has nothing: makes a Debian 12 with
# only git and ca-certificates, clones this checkout's last commit into it, and runs both as root,
# then both from a clone of an ordinary user's, for whom the packages are there. Prints what they
# print and how long each took; exits 0 only if all four passed. Needs root, debootstrap, a network
# with Debian's packages, 3 GB of disk and about an hour; everything is in FOLDER, and stays there.
#
# usage: scripts/fresh_machine.sh FOLDER
set -eu
cd "$(dirname "$0")/.."

[ $# = 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "fresh_machine: needs root, to make a root folder" >&2; exit 1; }
command -v debootstrap >/dev/null ||
  { echo "fresh_machine: needs debootstrap: apt-get install debootstrap" >&2; exit 1; }
mkdir -p "$1"
folder=$(realpath "$1")
root=$folder/root
[ ! -e "$root" ] || { echo "fresh_machine: $root is there already; remove it" >&2; exit 1; }

echo "== a Debian 12 with git and ca-certificates"
debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" \
  >"$folder/debootstrap.log" || { tail "$folder/debootstrap.log" >&2; exit 1; }
[ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$root/etc/resolv.conf"
git clone -q --bare --no-local . "$root/srv/vcplane.git"

# Mounts, processes and network namespaces made inside are gone when this ends.
cat >"$root/srv/run" <<'END'
#!/bin/bash
set -u
failed=0
try() { # USER COMMAND
  echo "== $1: $2"
  started=$(date +%s)
  su - "$1" -c "cd vcplane && $2" && said=passed || { said=failed failed=1; }
  echo "== $1: $2: $said in $(($(date +%s) - started)) s"
}
git config --system safe.directory /srv/vcplane.git # root's, and both may clone it
useradd --create-home --shell /bin/bash user
for user in root user; do
  su - "$user" -c "git clone -q /srv/vcplane.git vcplane" || exit 1
  try "$user" scripts/demo.sh
  try "$user" scripts/test.sh
done
exit $failed
END
chmod +x "$root/srv/run"
exec unshare --mount --pid --fork --kill-child bash -eu -c '
  mount --make-rprivate /
  mount -t proc proc "$1/proc"
  mount --rbind /sys "$1/sys"
  mount --rbind /dev "$1/dev"
  mount -t tmpfs tmpfs "$1/run"
  exec chroot "$1" /srv/run' sh "$root"
