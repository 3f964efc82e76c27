#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How far pairs are to be trusted, measured: the tables of engines/README.md.
# Runs in a kernel, beside an XFS: make calibrate, or
#	fpbench exec -- calibrate.sh BUILD_DIR
#
#   same     both sides are the same: the ratio has to be 1
#   slice    FUSE/raw by slices of 10 to 500 ms: what one side left behind for
#            the other would weigh more in short ones
#   spread   FUSE/raw, RUNS times by pairs and, in between, by two runs of fio
#
# Status 1 if more of the intervals miss what they should hold than chance
# allows, 4 if a run of fio failed. SECONDS_EACH=1 RUNS=2 is a quick form.

B=$(cd "${1:?calibrate.sh BUILD_DIR}" && pwd) || exit 2
FIO=$B/deps/fio/fio
T=${SECONDS_EACH:-4}
RUNS=${RUNS:-10}
: "${FPB_XFS:?is set by fpbench exec}" "${FPB_WORK:?is set by fpbench exec}"

mnt=$FPB_WORK/calibrate
out=$FPB_WORK/calibrate.out
trap '! mountpoint -q "$mnt" || umount "$mnt"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$mnt" "$out" "$FPB_XFS/dir" || exit 4
"$B/fpfs" "$FPB_XFS/dir" "$mnt" || exit 4
for f in f g; do
	"$FIO" --name=fill --filename="$FPB_XFS/dir/$f" --size=128m \
		--rw=write --bs=1m --direct=1 --minimal >"$out/fill" || exit 4
done
sync

qd64="--submit=libaio --iodepth=64 --iodepth_batch_submit=64
	--iodepth_batch_complete_max=64"
qd1=--submit=psync

# Of all runs. The ramp is longer than what a first pass over a file costs.
fio()		# ARGS...
{
	"$FIO" --ioengine="external:$B/fpbench-engine.so" --bs=4k --direct=1 \
		--time_based --ramp_time=200ms --name=j --minimal "$@"
}

# Prints RATIO LOW HIGH, or "failed".
pairs()		# SIDE0 SIDE1 ARGS...
{
	a=$1 b=$2
	shift 2
	rm -f "$out"/s_slices.*
	if ! { fio "$@" --filename="$a" --pair="$b" --pair_slices="$out/s" &&
	       "$B/fpbench-pair" "$out"/s_slices.*.csv; } >"$out/pair" 2>&1; then
		sed 's/^/# /' "$out/pair" >&2
	fi
	awk '/^ratio/ { print $2 + 0, $6, $8 + 0; n = 1 } END { if (!n) print "failed" }' \
		"$out/pair"
}

iops()		# FILE ARGS...
{
	f=$1
	shift
	fio "$@" --filename="$f" 2>&1 | awk -F';' '/^3;/ { print $8 + $49 }'
}

two_runs()	# SIDE0 SIDE1 ARGS...
{
	a=$1 b=$2
	shift 2
	echo "$(iops "$a" "$@") $(iops "$b" "$@")" |
		awk 'NF == 2 { print $1 / $2, 0, 0; n = 1 } END { if (!n) print "failed" }'
}

# shellcheck disable=SC2086 # $qd64 is several words
measure()
{
	for rw in randread randwrite; do
	for qd in QD64 QD1; do
		[ $qd = QD64 ] && how=$qd64 || how=$qd1
		for side in raw FUSE; do
			[ $side = raw ] && d=$FPB_XFS/dir || d=$mnt
			echo "same|$side, one file|$qd $rw|$(pairs "$d/f" \
				"$d/f" $how --rw=$rw --runtime="${T}s" \
				--pair_seed=1)"
			echo "same|$side, two files|$qd $rw|$(pairs "$d/f" \
				"$d/g" $how --rw=$rw --runtime="${T}s" \
				--pair_seed=2 --pair_same=0)"
		done
		for ms in 10 20 50 100 200 500; do
			echo "slice|$ms ms|$qd $rw|$(pairs "$mnt/f" \
				"$FPB_XFS/dir/f" $how --rw=$rw \
				--runtime=$((T * 2))s --pair_slice=${ms}ms \
				--pair_seed=$ms)"
		done
	done
	done
	i=0
	while [ $i -lt "$RUNS" ]; do
		i=$((i + 1))
		for rw in randread randwrite; do
		for qd in QD64 QD1; do
			[ $qd = QD64 ] && how=$qd64 || how=$qd1
			echo "spread|pairs|$qd $rw|$(pairs "$mnt/f" \
				"$FPB_XFS/dir/f" $how --rw=$rw \
				--runtime="${T}s" --pair_seed=$i)"
			echo "spread|two runs|$qd $rw|$(two_runs "$mnt/f" \
				"$FPB_XFS/dir/f" $how --rw=$rw \
				--runtime="$((T * 500))ms")"
		done
		done
	done
}

echo "Linux $(uname -r), $("$FIO" --version), ${T} s, $RUNS runs"
measure | tee "$out/samples"
echo
awk -F'|' -f "$(dirname "$0")/calibrate.awk" "$out/samples"
