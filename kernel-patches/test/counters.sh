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
# one way and then told by fcntl to be another, or changed its mode. A buffered
# write before it leaves no privileges to look for.
setfl() {
	perl -e '
	use Fcntl;
	my %as = (rw => 0, direct => 040000, append => 042000);
	sysopen(my $f, $ARGV[0], O_WRONLY | $as{$ARGV[1]}) or die "open: $!";
	fcntl($f, F_SETFL, oct $ARGV[2]) or die "F_SETFL: $!";
	sysopen(my $g, $ARGV[0], O_WRONLY) or die "open: $!";
	syswrite($g, "x" x 4096) == 4096 or die "write: $!";
	chmod(oct $ARGV[3], $ARGV[0]) or die "chmod: $!" if $ARGV[3];
	sysseek($f, 0, 0);
	syswrite($f, "x" x 4096) == 4096 or die "write: $!";
	' "$mnt/f" "$@"
}

# meanwhile COMMAND...: a write, which looks for privileges under the exclusive
# lock, and one at 64 KiB that sleeps for a second before it takes the lock.
# COMMAND runs in that second.
meanwhile() {
	echo 1000000 >"$d/delay_us"
	io -d 'pwrite -b 4k 0 4k' 'pwrite -b 4k 64k 4k' &
	sleep 0.5
	"$@"
	wait
	echo 0 >"$d/delay_us"
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

# xfs_io asks for the attributes when it opens the file. The first direct write
# within EOF is therefore exclusive.
io -d 'pwrite -b 4k 0 64k'
is "within EOF" "exclusive_privs=1 shared=15"
io -d 'pwrite -b 4k 1m 16k'
is "past EOF" "exclusive_past_eof=4"
io -d 'pwrite -b 4k 0 4k' 'pwrite -b 8k 1040384 8k' 'pwrite -b 8k 1060864 8k'
is "up to EOF, and across it" "exclusive_past_eof=1 exclusive_privs=1 shared=1"
io "-a -d" 'pwrite -b 4k 0 8k'
is "append" "exclusive_append=2"
io "" 'pwrite -b 4k 0 16k'
is "buffered" "exclusive_buffered=4"
io -d 'pwrite -b 4k 0 0'
is "nothing" ""

meanwhile truncate -s 4096 "$mnt/f"
is "truncated between the first look and the lock" \
	"exclusive_past_eof=1 exclusive_privs=1 upgraded=1"
[ "$(stat -c %s "$src/f")" = 69632 ] || {
	echo "not ok - size after the upgrade: $(stat -c %s "$src/f")"
	failed=$((failed + 1))
}
meanwhile chmod 4755 "$mnt/f"
is "set-uid between the first look and the lock" "exclusive_privs=2 upgraded=1"
chmod 644 "$mnt/f"

setfl rw 040000 &&
	is "O_DIRECT set by fcntl" "exclusive_buffered=1 shared=1 shared_backing=1"
setfl direct 0 &&
	is "O_DIRECT cleared by fcntl" "exclusive_buffered=2"
setfl append 040000 &&
	is "O_APPEND cleared by fcntl" "exclusive_buffered=1 shared=1 shared_backing=1"
setfl rw 040000 4755 &&
	is "set-uid after the open" "exclusive_buffered=1 exclusive_privs=1"
chmod 644 "$mnt/f"

if [ -n "$fio" ]; then
	# Each is asked without blocking first; the first looks for privileges.
	"$fio" --name=f --filename="$mnt/f" --size=64k --bs=4k --rw=write \
		--direct=1 --ioengine=io_uring --iodepth=1 >/dev/null
	[ "$(cat "$d/nowait")" -ge 16 ] && [ "$(cat "$d/shared")" -ge 15 ] &&
		for c in nowait shared exclusive_privs; do
			echo 0 >"$d/$c"
		done
	is "io_uring asks not to block" ""
fi

with passthrough-noparallel
io -d 'pwrite -b 4k 0 16k'
is "the server did not ask for parallel writes" "exclusive_no_pdw=4"
umount "$mnt"
echo "1..$n"
[ "$failed" -eq 0 ]
