#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# counters.sh FPFS [FIO]: in a kernel with the test patch, moves each of its
# counters by the one way of writing that it is named for, and looks that it
# moved as far as it should and that no other one did. Prints TAP.
#
#   build/fpbench exec -k NAME -- kernel-patches/test/counters.sh \
#	$PWD/build/fpfs $PWD/build/deps/fio/fio
set -eu

fpfs=$1
fio=${2:-}
d=/sys/kernel/debug/fuse_passthrough
n=0
failed=0

[ -d "$d" ] || mount -t debugfs none /sys/kernel/debug 2>/dev/null || true
[ -d "$d" ] || {
	echo "counters.sh: this kernel has no $d: the test patch is not in it" >&2
	exit 77
}

src=$FPB_XFS/dir
mnt=$FPB_WORK/mnt
mkdir "$src" "$mnt"

moved() {
	for c in "$d"/*; do
		v=$(cat "$c")
		name=${c##*/}
		if [ "$v" != 0 ] && [ "$name" != delay_us ]; then
			printf '%s=%s ' "$name" "$v"
		fi
	done
}

reset() {
	for c in "$d"/*; do
		echo 0 >"$c"
	done
}

# is NAME WANT: what moved since the last one, and start again
is() {
	n=$((n + 1))
	got=$(moved)
	if [ "${got% }" = "$2" ]; then
		echo "ok $n - $1: $2"
	else
		echo "not ok $n - $1"
		echo "# want: $2"
		echo "# got:  ${got% }"
		failed=$((failed + 1))
	fi
	reset
}

with() {
	umount "$mnt" 2>/dev/null || true
	"$fpfs" --mode="$1" "$src" "$mnt"
}

# io FLAGS COMMAND...: in one process of xfs_io, on the file
io() {
	f=$1
	shift
	for c do
		set -- "$@" -c "$c"
		shift
	done
	# shellcheck disable=SC2086 # no flags, or several
	xfs_io $f "$@" "$mnt/f" >/dev/null
}

# setfl OPEN FLAGS [MODE]: one write of 4 KiB at 0 to a file that was opened
# one way and then told by fcntl to be another, or changed its mode
setfl() {
	perl -e '
	use Fcntl;
	my %as = (rw => 0, direct => 040000, append => 042000);
	sysopen(my $f, $ARGV[0], O_WRONLY | $as{$ARGV[1]}) or die "open: $!";
	fcntl($f, F_SETFL, oct $ARGV[2]) or die "F_SETFL: $!";
	chmod(oct $ARGV[3], $ARGV[0]) or die "chmod: $!";
	sysseek($f, 0, 0);
	syswrite($f, "x" x 4096) == 4096 or die "write: $!";
	' "$mnt/f" "$1" "$2" "${3:-644}"
}

with passthrough
xfs_io -f -d -c 'pwrite -b 64k 0 1m' "$src/f" >/dev/null
reset

if [ -e "$d/exclusive_always" ]; then
	io -d 'pwrite -b 4k 0 64k'
	is "the bare baseline" "exclusive_always=16"
	umount "$mnt"
	echo "1..$n"
	exit "$failed"
fi

io -d 'pwrite -b 4k 0 64k'
is "within EOF" "shared=16"
io -d 'pwrite -b 4k 1m 16k'
is "past EOF" "exclusive_past_eof=4"
io -d 'pwrite -b 8k 1040384 8k' 'pwrite -b 8k 1060864 8k'
is "up to EOF, and across it" "exclusive_past_eof=1 shared=1"
io "-a -d" 'pwrite -b 4k 0 8k'
is "append" "exclusive_append=2"
io "" 'pwrite -b 4k 0 16k'
is "buffered" "exclusive_buffered=4"
io -d 'pwrite -b 4k 0 0'
is "nothing" ""

# The file shrinks in the second that the write sleeps before it takes the
# lock; the truncate itself comes in as nothing holds the lock yet.
echo 1000000 >"$d/delay_us"
io -d 'pwrite -b 4k 64k 4k' &
sleep 0.3
truncate -s 4096 "$mnt/f"
wait
echo 0 >"$d/delay_us"
is "truncated between the first look and the lock" "upgraded=1"
[ "$(stat -c %s "$src/f")" = 69632 ] || {
	echo "not ok - size after the upgrade: $(stat -c %s "$src/f")"
	failed=$((failed + 1))
}

setfl rw 040000 && is "O_DIRECT set by fcntl" "shared=1 shared_backing=1"
setfl direct 0 && is "O_DIRECT cleared by fcntl" "exclusive_buffered=1"
setfl append 040000 && is "O_APPEND cleared by fcntl" "shared=1 shared_backing=1"
setfl rw 040000 4755 && is "set-uid after the open" \
	"shared=1 shared_backing=1 shared_sxid=1"

if [ -n "$fio" ]; then
	# Each is asked without blocking first.
	"$fio" --name=f --filename="$mnt/f" --size=64k --bs=4k --rw=write \
		--direct=1 --ioengine=io_uring --iodepth=1 >/dev/null
	[ "$(cat "$d/nowait")" -ge 16 ] && [ "$(cat "$d/shared")" -ge 16 ] &&
		echo 0 >"$d/nowait" && echo 0 >"$d/shared"
	is "io_uring asks not to block" ""
fi

with passthrough-noparallel
io -d 'pwrite -b 4k 0 16k'
is "the server did not ask for parallel writes" "exclusive_no_pdw=4"
umount "$mnt"
echo "1..$n"
[ "$failed" -eq 0 ]
