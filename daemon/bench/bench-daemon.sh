#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# bench-daemon.sh [OPTION...]: our daemon against libfuse's passthrough_hp, both
# over one XFS in memory, as root. Options go to bench_ops; FPFS_OPTIONS to ours.
# FPFS, BENCH_OPS and PASSTHROUGH_HP name the programs.
#
# passthrough_hp lets the kernel trust names and attributes for a day. So is
# ours here: else it would be charged for noticing changes that the other one
# does not notice. FPFS_OPTIONS= measures it with its own default, a second.
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
ours=
theirs=
priority=
clean() {
	[ -z "$priority" ] || echo "$priority" >/proc/$$/autogroup
	umount "$work/ours" 2>/dev/null || :
	umount "$work/theirs" 2>/dev/null || :
	[ -z "$ours" ] || wait "$ours" || :
	[ -z "$theirs" ] || wait "$theirs" || :
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

# Go before everything else that the machine does. Where others want the CPU,
# who sends a request and sleeps is let in again sooner than who needs none, so
# that the kernel's cache of a directory looks slower than asking the daemon.
if [ -w /proc/$$/autogroup ]; then
	priority=$(sed 's/.*nice //' /proc/$$/autogroup)
	echo -20 >/proc/$$/autogroup
fi
renice -n -20 -p $$ >/dev/null

# Both in the foreground of this session: in one of its own a daemon would be
# in another group of the scheduler (autogroup), and be measured by that.
# shellcheck disable=SC2086 # a list of options
"$FPFS" -f ${FPFS_OPTIONS---timeout=86400} "$work/xfs/a" "$work/ours" &
ours=$!
"$PASSTHROUGH_HP" --foreground "$work/xfs/b" "$work/theirs" &
theirs=$!
for m in ours theirs; do
	n=0
	until mountpoint -q "$work/$m"; do
		n=$((n + 1))
		[ $n -lt 100 ] || { echo "bench-daemon: $m does not mount" >&2
				    exit 2; }
		sleep 0.05
	done
done

echo "# ours: ${FPFS_OPTIONS---timeout=86400}, theirs: passthrough_hp's defaults"
"$BENCH_OPS" "$@" "$work/ours" "$work/theirs"
