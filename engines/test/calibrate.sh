#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How far pairs are to be trusted, measured: the tables of engines/README.md.
# Runs in a kernel, beside an XFS: make calibrate, or
#	fpbench exec -- calibrate.sh BUILD_DIR
#
#   same     both sides are the same: the ratio has to be 1
#   slice    FUSE/raw by slices of 10 to 500 ms, SLICE_RUNS runs each in turn:
#            what one side left behind for the other would weigh more in short
#            ones
#   spread   FUSE/raw, RUNS times by pairs and, in between, by two runs of fio
#
# Status 1 if more of the intervals miss what they should hold than chance
# allows, 4 if a run of fio failed. SECONDS_EACH=1 RUNS=2 SLICE_RUNS=1 is a quick
# form.

B=$(cd "${1:?calibrate.sh BUILD_DIR}" && pwd) || exit 2
FIO=$B/deps/fio/fio
T=${SECONDS_EACH:-4}
RUNS=${RUNS:-10}
SLICE_RUNS=${SLICE_RUNS:-4}
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

# Prints a sample a line: KIND|ROW|COLUMN|RATIO LOW HIGH
same()		# COLUMN ARGS...
{
	col=$1
	shift
	for side in raw FUSE; do
		[ $side = raw ] && d=$FPB_XFS/dir || d=$mnt
		echo "same|$side, one file|$col|$(pairs "$d/f" "$d/f" "$@" \
			--runtime="${T}s" --pair_seed=1)"
		echo "same|$side, two files|$col|$(pairs "$d/f" "$d/g" "$@" \
			--runtime="${T}s" --pair_seed=2 --pair_same=0)"
	done
}

# Long slices need a longer run: three pairs are the least.
slices()	# COLUMN ARGS...
{
	col=$1
	shift
	for ms in ${LENGTHS:-10 20 50 100 200 500}; do
		run=$((16 * ms > T * 1000 ? 16 * ms : T * 1000))
		echo "slice|$ms ms|$col|$(pairs "$mnt/f" "$FPB_XFS/dir/f" \
			"$@" --runtime="${run}ms" --pair_slice="${ms}ms" \
			--pair_seed="$i$ms")"
	done
}

spread()	# COLUMN ARGS...
{
	col=$1
	shift
	echo "spread|pairs|$col|$(pairs "$mnt/f" "$FPB_XFS/dir/f" "$@" \
		--runtime="${T}s" --pair_seed="$i")"
	echo "spread|two runs|$col|$(two_runs "$mnt/f" "$FPB_XFS/dir/f" "$@" \
		--runtime="$((T * 500))ms")"
}

# shellcheck disable=SC2086 # $qd64 is several words
columns()	# FUNCTION
{
	for rw in randread randwrite; do
		"$1" "QD64 $rw" $qd64 --rw=$rw
		"$1" "QD1 $rw" $qd1 --rw=$rw
	done
}

repeat()	# N FUNCTION
{
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		columns "$2"
	done
}

measure()
{
	columns same
	repeat "$SLICE_RUNS" slices
	repeat "$RUNS" spread
}

echo "Linux $(uname -r), $("$FIO" --version), ${T} s, $RUNS runs"
measure | tee "$out/samples"
echo
awk -F'|' -v backend="${BACKEND:-}" -f "$(dirname "$0")/calibrate.awk" "$out/samples"
