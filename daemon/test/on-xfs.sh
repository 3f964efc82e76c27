#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# on-xfs.sh SIZE COMMAND...: runs COMMAND as root with an XFS of SIZE in memory:
# $FPB_MOUNTS/xfs, on the device $LOOP; $FPB_MOUNTS/mnt is for a daemon. Where that is
# not possible it prints "1..0 # SKIP why" and ends with 77.
#
# All of it is mounted in a namespace of its own. Else another process that takes
# a copy of its mounts, as a sandbox does, would keep a daemon alive that has been
# unmounted. And it is gone with its last process, loop device included, even
# after a SIGKILL.
set -eu

skip() {
	echo "1..0 # SKIP $1"
	exit 77
}

if [ -z "${FPB_MOUNTS:-}" ]; then
	[ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	command -v mkfs.xfs >/dev/null || skip "no mkfs.xfs (Debian: xfsprogs)"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/fpfs-test.XXXXXX")
	trap 'rmdir "$dir"' EXIT
	trap 'exit 130' INT TERM
	FPB_MOUNTS=$dir unshare --mount --propagation slave "$0" "$@"
	exit
fi

mount -t tmpfs -o mode=755 none "$FPB_MOUNTS"
# What is left mounted below ends its daemon.
trap 'cd /; umount -R -l "$FPB_MOUNTS"' EXIT
trap 'exit 130' INT TERM
mkdir "$FPB_MOUNTS/xfs" "$FPB_MOUNTS/mnt"
truncate -s "$1" "$FPB_MOUNTS/image"
shift
(: <>/dev/loop-control) 2>/dev/null || skip "no loop devices"
LOOP=$(losetup --show -f --direct-io=on --sector-size 4096 "$FPB_MOUNTS/image")
status=0
{ mkfs.xfs -q "$LOOP" && mount -t xfs "$LOOP" "$FPB_MOUNTS/xfs"; } || status=$?
losetup -d "$LOOP"	# as soon as nothing has it mounted
if [ $status -ne 0 ]; then
	grep -qw xfs /proc/filesystems || skip "this kernel has no XFS"
	exit $status
fi
export FPB_MOUNTS LOOP
"$@"
