#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# mount.fuse.conform: what mount(8) calls for xfstests, with a name of
# xfstests.sh's in place of a device. $FPB_MOUNT is the command that mounts.

name=$1 dir=$2
shift 2
opts=
while getopts sfnvo:t: o; do
	[ "$o" != o ] || opts=$OPTARG
done
case ,$opts, in
*,remount,*) exec mount -i -o "$opts" "$dir" ;;
esac

fail() {
	echo "mount.fuse.conform: $1; see daemon.log" >&2
	exit 32
}

source=/run/conform/$name/source work=/run/conform/$name/work
export name dir source work
count() {
	grep -c "^$name " /proc/mounts
}
mounts=$(count)
setsid sh -c "$FPB_MOUNT" </dev/null >>"$FPB_OUT/daemon.log" 2>&1 &
pid=$!
for _ in $(seq 300); do
	[ "$(count)" -eq "$mounts" ] || break
	# Once it has ended well, its status cannot be asked for again.
	[ -z "$pid" ] || kill -0 $pid 2>/dev/null || {
		wait $pid || fail "the command of --fs failed"
		pid=
	}
	sleep 0.05
done
[ "$(count)" -gt "$mounts" ] ||
	fail "the command of --fs mounted nothing by the name of $name ({name})"

# Flags of the mount, which any filesystem can have.
flags=
for o in $(echo "$opts" | tr , ' '); do
	case $o in
	ro|nosuid|nodev|noexec|noatime|nodiratime|relatime|strictatime)
		flags=$flags,$o ;;
	esac
done
[ -z "$flags" ] || mount -i -o "remount,bind$flags" "$dir"
