#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Commands that only look, on the host backend, change nothing on this machine.
# Those that cannot use it do not offer it.
. "$(dirname "$0")/tap.sh"

for c in conform kernels; do
	refused "$c" 2 "boots no" $c --backend=host
	ok "$c: help" status_is 0 "$f" $c --help
	ok "$c: does not offer it" sh -c '! grep -w host "$1"' sh "$out"
done

# A modprobe that could load everything and notes what it is asked for.
mkdir "$tmp/bin"
printf '#!/bin/sh\necho "$*" >>"%s/calls"\n' "$tmp" >"$tmp/bin/modprobe"
chmod +x "$tmp/bin/modprobe"

looks() {
	PATH=$tmp/bin:$PATH "$f" "$@" >"$out" 2>&1 </dev/null
	case $? in
	0|77) ;;
	*) sed 's/^/# /' "$out"; return 1 ;;
	esac
}

# Every call was a rehearsal.
loads_nothing() {
	! grep -vE -e '(^| )-n( |$)' "$tmp/calls"
}

# Other mounts come and go on a machine that others use.
configfs() {
	grep -c ' configfs ' /proc/self/mounts
}

mounts_nothing() {
	[ "$(configfs)" -eq "$mounted" ]
}

only_looks() {
	name=$1
	shift
	: >"$tmp/calls"
	mounted=$(configfs)
	ok "$name: runs" looks "$@"
	ok "$name: finds a device that could be loaded" says null_blk
	ok "$name: loads no module" loads_nothing
	ok "$name: mounts nothing" mounts_nothing
}

if [ "$(id -u)" -ne 0 ] || [ ! -w /dev/fuse ]; then
	skip "doctor and --dry-run change nothing" \
		"the host backend needs root and /dev/fuse"
else
	only_looks "doctor" doctor
	only_looks "dry run" run --backend=host --dry-run --quick
fi
tap_end
