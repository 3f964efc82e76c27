#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run-mount-tests.sh [-q] [-t WORD] [DIR MOUNTPOINT]: tests of fpfs over a real
# mount, TAP on stdout. DIR is an empty directory on XFS; without one, an XFS
# in memory is made and taken away again.
# FPFS and MOUNT_TESTS name the two programs.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
fpfs=${FPFS:-$top/build/fpfs}
tests=${MOUNT_TESTS:-$top/build/daemon/mount_tests}

options=
while getopts qt: o; do
	case $o in
	q) options="$options -q" ;;
	t) only=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

run() {
	# shellcheck disable=SC2086 # a list of options
	exec "$tests" $options ${only:+-t "$only"} "$fpfs" "$1" "$2"
}

# shellcheck disable=SC2086 # a list of options
case $#${FPB_MOUNTS:+,mounted} in
2*) run "$1" "$2" ;;
0) exec "$top/daemon/test/on-xfs.sh" 2G "$0" $options ${only:+-t "$only"} ;;
0,mounted) mkdir "$FPB_MOUNTS/xfs/dir"; run "$FPB_MOUNTS/xfs/dir" "$FPB_MOUNTS/mnt" ;;
*) exit 2 ;;
esac
