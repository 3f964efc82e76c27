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

if [ -z "${FPB_MOUNTS:-}" ]; then
	exec "$(dirname "$0")/../test/on-xfs.sh" 4G "$0" "$@"
fi

ours=
theirs=
priority=
clean() {
	[ -z "$priority" ] || echo "$priority" >/proc/$$/autogroup
	umount "$FPB_MOUNTS/mnt" 2>/dev/null || :
	umount "$FPB_MOUNTS/theirs" 2>/dev/null || :
	[ -z "$ours" ] || wait "$ours" || :
	[ -z "$theirs" ] || wait "$theirs" || :
}
trap clean EXIT
trap 'exit 130' INT TERM
mkdir "$FPB_MOUNTS/theirs" "$FPB_MOUNTS/xfs/a" "$FPB_MOUNTS/xfs/b"

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
"$FPFS" -f ${FPFS_OPTIONS---timeout=86400} "$FPB_MOUNTS/xfs/a" "$FPB_MOUNTS/mnt" &
ours=$!
"$PASSTHROUGH_HP" --foreground "$FPB_MOUNTS/xfs/b" "$FPB_MOUNTS/theirs" &
theirs=$!
for m in mnt theirs; do
	n=0
	until mountpoint -q "$FPB_MOUNTS/$m"; do
		n=$((n + 1))
		[ $n -lt 100 ] || { echo "bench-daemon: nothing is mounted at $m" >&2
				    exit 2; }
		sleep 0.05
	done
done

echo "# ours: ${FPFS_OPTIONS---timeout=86400}, theirs: passthrough_hp's defaults"
"$BENCH_OPS" "$@" "$FPB_MOUNTS/mnt" "$FPB_MOUNTS/theirs"
