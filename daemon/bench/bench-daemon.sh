#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# bench-daemon.sh [OPTION...]: our daemon against libfuse's passthrough_hp, both
# over one XFS in memory, as root. Options go to bench_ops; FPFS_OPTIONS to ours.
# FPFS, BENCH_OPS and PASSTHROUGH_HP name the programs.
set -eu

skip() {
	echo "bench-daemon: skipped: $1" >&2
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
[ -c /dev/fuse ] || skip "no /dev/fuse"
command -v mkfs.xfs >/dev/null || skip "no mkfs.xfs (Debian: xfsprogs)"

work=$(mktemp -d "${TMPDIR:-/tmp}/fpfs-bench.XXXXXX")
image=$(mktemp /dev/shm/fpfs-bench.XXXXXX)
loop=
hp=
clean() {
	umount "$work/ours" 2>/dev/null || :
	umount "$work/theirs" 2>/dev/null || :
	[ -z "$hp" ] || wait "$hp" || :
	umount "$work/xfs" 2>/dev/null || umount -l "$work/xfs" 2>/dev/null || :
	[ -z "$loop" ] || losetup -d "$loop"
	rm -f "$image"
	rmdir "$work/ours" "$work/theirs" "$work/xfs" "$work" 2>/dev/null || :
}
trap clean EXIT
trap 'exit 130' INT TERM

mkdir "$work/xfs" "$work/ours" "$work/theirs"
truncate -s 4G "$image"
loop=$(losetup --show -f --direct-io=on --sector-size 4096 "$image") ||
	skip "no loop device"
mkfs.xfs -q "$loop"
mount -t xfs "$loop" "$work/xfs" || skip "this kernel has no XFS"
mkdir "$work/xfs/a" "$work/xfs/b"

# shellcheck disable=SC2086 # a list of options
"$FPFS" ${FPFS_OPTIONS:-} "$work/xfs/a" "$work/ours"
"$PASSTHROUGH_HP" --foreground "$work/xfs/b" "$work/theirs" &
hp=$!
n=0
until mountpoint -q "$work/theirs"; do
	n=$((n + 1))
	[ $n -lt 100 ] || { echo "bench-daemon: passthrough_hp does not mount" >&2
			    exit 2; }
	sleep 0.05
done

"$BENCH_OPS" "$@" "$work/ours" "$work/theirs"
