#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run-mount-tests.sh [-q] [-t WORD] [DIR MOUNTPOINT]: tests of fpfs over a real
# mount, TAP on stdout. DIR is an empty directory on XFS; without one, an XFS
# is made on a loop device over a file in memory and taken away again.
# FPFS and MOUNT_TESTS name the two programs.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
fpfs=${FPFS:-$top/build/fpfs}
tests=${MOUNT_TESTS:-$top/build/daemon/mount_tests}

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

options=
while getopts qt: o; do
	case $o in
	q) options="$options -q" ;;
	t) only=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
[ -c /dev/fuse ] || skip "no /dev/fuse"

run() {
	# shellcheck disable=SC2086 # a list of options
	"$tests" $options ${only:+-t "$only"} "$fpfs" "$1" "$2"
}

if [ $# -eq 2 ]; then
	run "$1" "$2"
	exit
fi
[ $# -eq 0 ] || exit 2
command -v mkfs.xfs >/dev/null || skip "no mkfs.xfs (Debian: xfsprogs)"

work=$(mktemp -d "${TMPDIR:-/tmp}/fpfs-test.XXXXXX")
image=$(mktemp /dev/shm/fpfs-test.XXXXXX)
loop=
clean() {
	umount -l "$work/mnt" 2>/dev/null || :
	umount "$work/xfs" 2>/dev/null || umount -l "$work/xfs" 2>/dev/null || :
	[ -z "$loop" ] || losetup -d "$loop"
	rm -f "$image"
	rmdir "$work/mnt" "$work/xfs" "$work" 2>/dev/null || :
}
trap clean EXIT
trap 'exit 130' INT TERM

chmod 755 "$work"
mkdir "$work/xfs" "$work/mnt"
truncate -s 2G "$image"
loop=$(losetup --show -f --direct-io=on --sector-size 4096 "$image") ||
	skip "no loop device"
mkfs.xfs -q "$loop"
mount -t xfs "$loop" "$work/xfs" || skip "this kernel has no XFS"
mkdir "$work/xfs/dir"
run "$work/xfs/dir" "$work/mnt"
