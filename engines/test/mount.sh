#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The engine's proof and its pairs over a real XFS and a real FUSE mount. TAP.
#
# Usage: mount.sh [BUILD_DIR]

B=$(cd "${1:-$(dirname "$0")/../../build}" && pwd) || exit 1
FIO=$B/deps/fio/fio
ENGINE=$B/fpbench-engine.so
FPFS=$B/fpfs

if [ -z "${FPB_MOUNTS:-}" ]; then
	exec "$(dirname "$0")/../../daemon/test/on-xfs.sh" 400M "$0" "$B"
fi

cd "$FPB_MOUNTS" || exit 1
"$FIO" --name=fill --filename=xfs/f --size=16m --rw=write --bs=1m \
	--minimal >/dev/null || exit 1
cp xfs/f xfs/g

nr=0
bad=0
result()	# ok|"not ok" NAME
{
	nr=$((nr + 1))
	echo "$1 $nr - $2"
	[ "$1" = ok ] && return
	bad=$((bad + 1))
	sed 's/^/# /' out err | cut -c1-200 | head -30
}

# fio adds up what --filename= is given, so there must be one only.
job()		# ARGS...
{
	case "$*" in
	*--filename=*) ;;
	*) set -- --filename=mnt/f "$@" ;;
	esac
	"$FIO" --ioengine="external:$ENGINE" --submit=libaio --size=16m --bs=4k --iodepth=8 --direct=1 \
		"$@" --name=j >out 2>err
}

runs()		# NAME ARGS...
{
	name=$1
	shift
	if job "$@"; then
		result ok "$name"
	else
		result "not ok" "$name"
	fi
}

refuses()	# NAME PATTERN ARGS...
{
	name=$1 pattern=$2
	shift 2
	if ! job "$@" && grep -q -- "$pattern" err &&
	   ! grep -q 'got signal' out err; then
		result ok "$name"
	else
		result "not ok" "$name"
	fi
}

daemon()	# ARGS...
{
	! mountpoint -q mnt || umount mnt || exit 1
	"$FPFS" "$@" xfs mnt
}

daemon
status=$?
[ $status -ne 3 ] || {
	echo "1..0 # SKIP this kernel has no FUSE passthrough"
	exit 77
}
[ $status -eq 0 ] || exit 1
both="--expect_passthrough=1 --expect_no_daemon_io=1"

# shellcheck disable=SC2086 # $both is two words
{
runs "passthrough is found, reads" $both --expect_fs=fuse --rw=randread
runs "passthrough is found, writes" $both --expect_fs=fuse --rw=randwrite
runs "a pair, verified" $both --expect_fs=fuse --expect_pair_fs=xfs \
	--pair=xfs/f --pair_slice=2ms --pair_guard=100us --rw=randwrite \
	--verify=crc32c --fsync=16
runs "a pair the other way round" $both --expect_pair_fs=fuse \
	--expect_fs=xfs --filename=xfs/f --pair=mnt/f --rw=randread
runs "a pair of folders" $both --pair=xfs --rw=randread
}
runs "what is found is printed" --rw=read --expect_passthrough=1
if grep -q 'fuse, passthrough on.*: 0 READ, 0 WRITE' out; then
	result ok "passthrough, and no requests"
else
	result "not ok" "passthrough, and no requests"
fi
refuses "FUSE where XFS should be" 'is on fuse, not on xfs' --expect_fs=xfs \
	--rw=read
refuses "XFS where FUSE should be" 'is on xfs, not on fuse' \
	--expect_fs=fuse --filename=xfs/f --rw=read
refuses "XFS asked for passthrough" 'not behind a FUSE daemon' \
	--expect_passthrough=1 --filename=xfs/f --rw=read
refuses "another file behind FUSE" 'not the same file' --pair=xfs/g --rw=read

workload()	# PATH ARGS...
{
	path=$1
	shift
	# shellcheck disable=SC2086 # $both is two words
	runs "$path: on both sides" $both --submit="$path" --direct=0 \
		--expect_fs=fuse --expect_pair_fs=xfs --pair=xfs/f \
		--rw=randwrite --io_size=4m --numjobs=2 --pair_slice=2ms \
		--pair_guard=100us "$@"
	echo "left: $(ls mnt)" >>err
	if [ "$(ls xfs)" = "$(printf 'f\ng')" ] &&
	   [ "$(ls mnt)" = "$(printf 'f\ng')" ]; then
		result ok "$path: nothing is left on either side"
	else
		result "not ok" "$path: nothing is left on either side"
	fi
}

for path in mmap splice copy append; do
	workload $path
done
workload append --direct=1
workload smallfile --direct=1 --meta_files=50 --meta_limit=200
for path in smallfile create stat open readdir rename unlink; do
	workload $path --meta_files=100
done

# What a device has read, in sectors of 512 bytes, is field 3 of its stat.
sectors_read()
{
	awk '{ print $3 }' "/sys/block/${LOOP#/dev/}/stat"
}

# 16 MiB, of which every page has been written before: all of it is read again.
refuses "cold reads of FUSE alone" 'needs pair=' --submit=cold --direct=0 \
	--rw=randread
for sides in mnt/f:xfs/f xfs/f:mnt/f; do
	before=$(sectors_read)
	runs "cold: ${sides%:*}" --submit=cold --direct=0 --rw=randread \
		--filename="${sides%:*}" --pair="${sides#*:}" --loops=3 \
		--pair_slice=2ms --pair_guard=100us
	sectors=$(($(sectors_read) - before))
	echo "read from the device: $sectors sectors" >>err
	if [ $sectors -ge $((3 * 16 * 2048)) ]; then
		result ok "cold: the device has read it all each time"
	else
		result "not ok" "cold: the device has read it all each time"
	fi
done

# What a device is told to flush is counted in field 16 of its stat.
flushes()
{
	awk '{ print $16 }' "/sys/block/${LOOP#/dev/}/stat"
}

dsync_arrives()	# NAME ARGS...: of 64 writes each flushes, without dsync none
{
	name=$1
	shift
	set -- --rw=write --io_size=256k --iodepth=1 --size=16m "$@"
	before=$(flushes)
	job "$@" || before=failed
	without=$(flushes)
	job "$@" --dsync=1 || before=failed
	with=$(flushes)
	echo "flushes: $before, without dsync $without, with it $with" >>err
	if [ "$before" != failed ] && [ $((without - before)) -lt 32 ] &&
	   [ $((with - without)) -ge 64 ]; then
		result ok "$name"
	else
		result "not ok" "$name"
	fi
}

for path in libaio io_uring pvsync2; do
	for file in xfs/f mnt/f; do
		dsync_arrives "$path: dsync, $file" --submit=$path \
			--filename=$file
	done
done

if daemon --mode=direct; then
	refuses "a daemon without passthrough" 'without passthrough' \
		--expect_passthrough=1 --rw=read
	refuses "reads that reach the daemon" ' READ and 0 WRITE requests' \
		--expect_no_daemon_io=1 --rw=read
	refuses "writes that reach the daemon" '0 READ and [1-9][0-9]* WRITE' \
		--expect_no_daemon_io=1 --rw=write
	refuses "the pair's side that reaches the daemon" 'READ and' \
		--expect_no_daemon_io=1 --rw=read --filename=xfs/f \
		--pair=mnt/f --time_based --runtime=2s
	runs "nothing is demanded, nothing fails" --rw=randrw
else
	result "not ok" "fpfs --mode=direct"
fi

echo "1..$nr"
[ $bad -eq 0 ]
