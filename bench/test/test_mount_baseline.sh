#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The daemon's tests over a real mount, inside a User-Mode Linux kernel: the
# one that this file is named for, so test_mount_patched.sh is a link to it.
. "$(dirname "$0")/tap.sh"
needs_guests

kernel=$(basename "$0" .sh)
kernel=${kernel#test_mount_}
# shellcheck disable=SC2016 # the guest's shell expands these
"$f" exec --kernel "$kernel" -- sh -c \
	'mkdir "$FPB_XFS/dir" "$FPB_WORK/mnt" &&
	 exec "$0" -q "$FPB_XFS/dir" "$FPB_WORK/mnt"' \
	"$PWD/daemon/test/run-mount-tests.sh"
