#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What an I/O costs in user space: instructions (by callgrind) and CPU time, of
# this engine and of fio's own engines with the same settings.
#
# Usage: cost.sh BUILD_DIR [DIR]: the file is made in DIR, default /dev/shm
#
# Instructions are those of the job's thread, of N2 I/Os less those of N1, so
# that fio's start is not in them; they repeat to 0.1 %, but move by 2 % with
# code that is not the engines', so that differences under 3 % are ties. CPU time is user and system, native, the median of alternating runs.

B=$(cd "$1" && pwd) || exit 1
FIO=$B/deps/fio/fio
FLOOR=$B/deps/fio/t/io_uring
ENGINE=$B/fpbench-engine.so
N1=5000
N2=45000
RUNS=${RUNS:-3}

command -v valgrind >/dev/null || {
	echo "cost.sh: valgrind is missing (Debian: valgrind)" >&2
	exit 77
}
dir=$(mktemp -d "${2:-/dev/shm}/fpbench-cost.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
# Sparse: what the filesystem does is not what is measured.
truncate -s 1g "$dir/f" || exit 1

fio_args()	# ENGINE_ARGS... SETTINGS...
{
	echo --thread --clocksource=cpu "$@" --filename="$dir/f" --size=1g \
		--bs=4k --norandommap --direct=1 --name=j
}

# shellcheck disable=SC2086 # arguments are several words
instructions()	# N ARGS...
{
	n=$1
	shift
	valgrind --tool=callgrind --toggle-collect=thread_main \
		--callgrind-out-file=/dev/null "$FIO" "$@" \
		--number_ios="$n" --output="$dir/out" 2>&1 |
		sed -n 's/.*Collected : //p'
}

per_io()	# ARGS...
{
	a=$(instructions $N1 "$@")
	b=$(instructions $N2 "$@")
	[ -n "$a" ] && [ -n "$b" ] && echo $(((b - a) / (N2 - N1)))
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}

cpu_ns()	# ARGS...: of one run
{
	"$FIO" "$@" --time_based --runtime=1s --output-format=terse \
		--terse-version=3 2>/dev/null | tail -1 |
		awk -F';' '$8 + $49 { printf "%d\n", ($88 + $89) * 1e7 / ($8 + $49) }'
}

cell()		# NAME THEIRS PATH SETTINGS...
{
	name=$1 theirs=$2 path=$3
	shift 3
	ours="--ioengine=external:$ENGINE --submit=$path"
	# shellcheck disable=SC2086,SC2046
	{
		i_theirs=$(per_io $(fio_args --ioengine="$theirs" "$@"))
		i_ours=$(per_io $(fio_args $ours "$@"))
		: >"$dir/theirs"
		: >"$dir/ours"
		r=0
		while [ $r -lt "$RUNS" ]; do
			cpu_ns $(fio_args --ioengine="$theirs" "$@") \
				>>"$dir/theirs"
			cpu_ns $(fio_args $ours "$@") >>"$dir/ours"
			r=$((r + 1))
		done
	}
	cells=$((cells + 1))
	if [ -z "$i_theirs" ] || [ -z "$i_ours" ]; then
		printf '%-34s not run: see %s\n' "$name" "$theirs"
		return
	fi
	echo "$i_ours $i_theirs $name" >>"$dir/counts"
	printf '%-34s %7d %7d %6.3f %8d %8d\n' "$name" "$i_theirs" "$i_ours" \
		"$(awk "BEGIN { print $i_ours / $i_theirs }")" \
		"$(median <"$dir/theirs")" "$(median <"$dir/ours")"
}

cells=0
: >"$dir/counts"
batch="--iodepth_batch_submit=16 --iodepth_batch_complete_min=16 --iodepth_batch_complete_max=16"

echo "User instructions and CPU time per I/O, 4 KiB, direct; $("$FIO" --version)"
printf '%-34s %7s %7s %6s %8s %8s\n' '' "fio's" ours ratio "fio's ns" 'ours ns'
for rw in randread randwrite; do
	for e in libaio io_uring; do
		# shellcheck disable=SC2086
		{
		cell "$e $rw qd 16" $e $e --rw=$rw --iodepth=16
		cell "$e $rw qd 16, batches" $e $e --rw=$rw --iodepth=16 $batch
		cell "$e $rw qd 16, batches, reduced" $e $e --rw=$rw \
			--iodepth=16 $batch --gtod_reduce=1
		}
	done
	for e in psync pvsync2; do
		cell "$e $rw" $e $e --rw=$rw
		cell "$e $rw, reduced" $e $e --rw=$rw --gtod_reduce=1
	done
done

# No fio core around it: what there is to save at most.
if [ -x "$FLOOR" ]; then
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$FLOOR" \
		-d16 -s16 -c16 -b4096 -p0 -B0 -F0 -r2 "$dir/f" >"$dir/floor" 2>&1
	sed -n 's/.*Collected : //p' "$dir/floor" >"$dir/total"
	ios=$(sed -n 's/^IOPS=\([0-9.]*\)\([KM]*\),.*/\1 \2/p' "$dir/floor" |
		awk '{ n += $1 * ($2 == "M" ? 1e6 : $2 == "K" ? 1e3 : 1) } END { printf "%d", n }')
	if [ "${ios:-0}" -gt 0 ]; then
		printf '%-34s %7d  (about: from the rates that it prints)\n' \
			"t/io_uring, qd 16, batches" \
			"$(($(cat "$dir/total") / ios))"
	fi
else
	echo "t/io_uring is not built in $B/deps/fio: no floor"
fi

# The verdict; a cell that was not run is none.
awk -v cells=$cells '
	{ r = $1 / $2; above += r > 1.03; n++ }
	r > worst { worst = r; sub(/^[0-9]+ [0-9]+ /, ""); name = $0 }
	END {
		printf "%d of %d cells counted, %d above fio by more than 3 %%; highest %.3f (%s)\n",
			n, cells, above, worst, name
		exit above || n < cells || !n
	}' "$dir/counts"
