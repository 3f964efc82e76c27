#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The engine inside a real fio, on a file in a temporary folder. No root. TAP.
#
# shellcheck disable=SC2086 # $base is several words
#
# Usage: smoke.sh BUILD_DIR [OTHER_FIO]
# OTHER_FIO: a fio of another version or configuration, to be refused.

B=$(cd "$1" && pwd) || exit 1
OTHER_FIO=${2:-$OTHER_FIO}
FIO=$B/deps/fio/fio
ENGINE=$B/fpbench-engine.so
PAIR=$B/fpbench-pair

dir=$(mktemp -d "${TMPDIR:-/tmp}/fpbench-smoke.XXXXXX") || exit 1
pids=
cleanup()
{
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill $pids 2>/dev/null
	wait
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
cd "$dir" || exit 1

# Numbered at the very end, since groups of tests run side by side.
result()	# ok|"not ok" NAME
{
	echo "$1 - $2"
	[ "$1" = ok ] && return
	sed 's/^/# /' out err 2>/dev/null | cut -c1-200 | head -30
}

skip()		# NAME REASON
{
	echo "ok - $1 # SKIP $2"
}

limit=unlimited

fio_run()	# ARGS...: stdout to out, stderr to err
{
	# Beyond the limit a write fails; without the trap it would kill fio.
	(trap '' XFSZ
	 ulimit -f "$limit"
	 exec "$FIO" --ioengine="external:$ENGINE" "$@") >out 2>err
}

# Job with JSON output in out; --thread would be given by the caller.
job()		# ARGS...
{
	fio_run --output-format=json "$@" --name=j
}

errors_are()	# VALUE: of every job in fio's JSON
{
	grep '"error" :' out >errs && ! grep -qv "\"error\" : $1," errs
}

runs()		# NAME ARGS...
{
	name=$1
	shift
	if job "$@" && errors_are 0; then
		result ok "$name"
	else
		result "not ok" "$name"
	fi
}

# A failure has a message of ours and a status, and is no crash.
refuses()	# NAME PATTERN ARGS...
{
	name=$1 pattern=$2
	shift 2
	fio_run "$@" --name=j
	status=$?
	if [ $status -ne 0 ] && [ $status -lt 128 ] &&
	   cat out err | grep -q -- "$pattern" &&
	   ! cat out err | grep -q 'got signal'; then
		result ok "$name"
	else
		result "not ok" "$name"
	fi
}

# A flag is passed if the kernel does as it says, or says that it cannot.
flag_arrives()	# NAME PATTERN ARGS...
{
	name=$1 pattern=$2
	shift 2
	if job "$@" && errors_are 0; then
		skip "$name" "here it can be done: nothing shows the flag"
	elif cat out err | grep -q 'io_uring for iodepth'; then
		skip "$name" "this kernel or sandbox has no io_uring"
	elif cat out err | grep -q -- "$pattern" &&
	     ! cat out err | grep -q 'got signal'; then
		result ok "$name"
	else
		result "not ok" "$name"
	fi
}

check()		# NAME COMMAND...: of what the last job left
{
	name=$1
	shift
	if "$@"; then
		result ok "$name"
	else
		result "not ok" "$name"
	fi
}

# First number after KEY in fio's JSON, from the section SECTION on.
number()	# SECTION KEY
{
	sed -n "/\"$1\" : {/,\$p" out |
		sed -n "s/.*\"$2\" : \([0-9.]*\).*/\1/p" | head -1
}

within()	# VALUE LOW HIGH
{
	[ -n "$1" ] && awk "BEGIN { exit !($1 >= $2 && $1 <= $3) }"
}

both_written()
{
	[ "$(tr -d '\0' <x0 | head -c 9 | wc -c)" = 9 ] &&
		[ "$(tr -d '\0' <x1 | head -c 9 | wc -c)" = 9 ]
}

# --- each path --------------------------------------------------------------

has_path()	# PATH
{
	case $1 in
	io_*)	job --submit="$1" $base --rw=read --io_size=4k ||
			! grep -q 'io_uring for iodepth' err ;;
	esac
}

# Of fio, which is process $server.
jobs_of_fio()
{
	cat "/proc/$server/task/$server/children"
}

# Whether a job that reads the page cache by PATH has a worker of io_uring. A tenth of
# a second passes between LOOKS.
has_worker_by()	# PATH LOOKS
{
	"$FIO" --ioengine="external:$ENGINE" --submit="$1" $base --rw=read \
		--invalidate=0 --time_based --runtime=10m --name=j >out 2>err &
	server=$!
	looks=$2
	found=1
	while [ $looks -gt 0 ] && [ $found -ne 0 ]; do
		sleep 0.1
		for pid in $(jobs_of_fio); do
			! grep -qs '^iou-wrk-' "/proc/$pid/task"/*/comm || found=0
			looks=$((looks - 1))
		done
		kill -0 $server 2>/dev/null || break
	done
	kill $server
	wait $server
	server=
	return $found
}

# io_uring itself reads the page cache without one, but for filesystems that do not
# promise not to wait, such as tmpfs: nothing tells the two paths apart there.
wq_test()
{
	cat f >/dev/null
	if has_worker_by io_uring 30; then
		skip "io_wq: workers do the I/O" "here they do it for io_uring, too"
	else
		check "io_wq: workers do the I/O" has_worker_by io_wq 600
	fi
}

path_tests()	# PATH
{
	p=$1
	if ! has_path "$p"; then
		skip "$p" "this kernel or sandbox has no io_uring"
		return
	fi
	runs "$p: mixed I/O" --submit="$p" $base --rw=randrw --iodepth=16
	runs "$p: mixed I/O in batches" --submit="$p" $base --rw=randrw \
		--iodepth=16 --iodepth_batch=8 --iodepth_batch_complete_min=0
	runs "$p: every batch option" --submit="$p" $base --rw=randrw \
		--iodepth=16 --iodepth_batch_submit=4 --iodepth_low=8 \
		--iodepth_batch_complete_min=2 --iodepth_batch_complete_max=8
	runs "$p: verify" --submit="$p" $base --rw=randwrite --iodepth=8 \
		--verify=crc32c --verify_fatal=1
	runs "$p: verify while writing, odd sizes" --submit="$p" \
		--filename=f --size=$size --rw=randwrite --bsrange=512-64k \
		--iodepth=8 --verify=crc32c --verify_backlog=64 --bs_unaligned
	runs "$p: fsync" --submit="$p" $base --rw=write --iodepth=8 \
		--fsync=16 --io_size=2m
	runs "$p: fdatasync and end_fsync" --submit="$p" $base --rw=write \
		--iodepth=8 --fdatasync=16 --end_fsync=1 --io_size=2m
	runs "$p: sync_file_range" --submit="$p" $base --rw=write \
		--sync_file_range=write:16 --io_size=2m
	if fallocate -p -o 0 -l 4k g 2>/dev/null; then
		runs "$p: trim" --submit="$p" --filename=g --size=$size \
			--bs=4k --rw=randtrim --iodepth=8
	else
		skip "$p: trim" "no holes here"
	fi
	runs "$p: eight processes" --submit="$p" $base --rw=randwrite \
		--numjobs=8 --iodepth=4 --group_reporting --io_size=1m
	runs "$p: eight threads" --submit="$p" $base --rw=randwrite \
		--numjobs=8 --iodepth=4 --thread --io_size=1m
	runs "$p: loops over several files" --submit="$p" --nrfiles=3 \
		--openfiles=2 --size=3m --bs=4k --rw=randwrite --loops=2 \
		--iodepth=4
	runs "$p: create_serialize=0" --submit="$p" --filename=new.$p \
		--size=1m --bs=4k --rw=write --create_serialize=0

	# Full pages, twice as long as a slice, on both paths of one file.
	runs "$p: paired, verified" --submit="$p" $base --rw=randwrite \
		--iodepth=8 --iodepth_batch=4 --pair=f --pair_slice=2ms \
		--pair_guard=200us --verify=crc32c --fsync=32
	truncate -s 0 x0 x1
	truncate -s $size x0 x1
	runs "$p: paired, two files" --submit="$p" --filename=x0 --pair=x1 \
		--pair_same=0 --size=$size --bs=4k --rw=randwrite \
		--time_based --runtime=500ms \
		--iodepth=8 --iodepth_batch=4 --pair_slice=1ms --pair_guard=0
	check "$p: both sides were written" both_written
	# On a busy machine a drain takes its time: then longer slices.
	for ms in 50 100 200 400 800; do
		rm -f sl_slices.*
		runs "$p: paired, three processes, slices of $ms ms" \
			--submit="$p" $base --rw=randrw --iodepth=4 --numjobs=3 \
			--time_based --runtime=$((30 * ms))ms --ramp_time=100ms \
			--pair=f --pair_slices=sl --pair_slice=${ms}ms
		"$PAIR" sl_slices.*.csv >pairs 2>err && break
	done
	check "$p: slices of three processes make a ratio" \
		grep -q '^ratio [0-9]' pairs
	check "$p: ramp time is in no slice that counts" \
		grep -q ',ramp,' sl_slices.1.csv
	all_counted "$p: paired, three threads" --submit="$p" $base \
		--rw=randread --iodepth=4 --numjobs=3 --thread --time_based \
		--runtime=300ms
}

# A paired run: fio, the slices and the disk agree on how many I/Os there were.
all_counted()	# NAME ARGS...
{
	name=$1
	shift
	rm -f sl_slices.*
	runs "$name" --pair=f --pair_slices=sl "$@"
	ios=$(sed -n 's/.*"total_ios" : \([0-9]*\),/\1/p' out |
		awk '{ n += $1 } END { print n }')
	slices=$(awk -F, '$3 ~ /^[a-z]+$/ && $1 != "index" { n += $6 }
		END { print n }' sl_slices.*.csv)
	check "$name: every I/O of fio's is in a slice ($ios, $slices)" \
		[ "$ios" = "$slices" ]
	done=$(sed -n 's/.*"io_bytes" : \([0-9]*\),/\1/p' out |
		awk '{ n += $1 } END { print n / 4096 }')
	check "$name: every I/O that was issued came back ($ios, $done)" \
		[ "$ios" = "$done" ]
}

# --- the workloads ----------------------------------------------------------

# What jobs have made beside f.
made()
{
	find . -maxdepth 1 -name 'f.append.*' -o -name 'f.fpbench.*'
}

workload_test()	# PATH RW ARGS...
{
	p=$1 rw=$2
	shift 2
	runs "$p: alone, twice" --submit="$p" $base --rw="$rw" --loops=2 \
		--create_serialize=0 "$@"
	check "$p: twice as many I/Os as blocks" \
		[ "$(sed -n 's/.*"total_ios" : \([0-9]*\),/\1/p' out |
			awk '{ n += $1 } END { print n }')" = 4096 ]
	all_counted "$p: paired, two processes" --submit="$p" $base --rw="$rw" \
		--numjobs=2 --time_based --runtime=300ms --pair_slice=5ms \
		--pair_guard=1ms "$@"
	all_counted "$p: paired, two threads" --submit="$p" $base --rw="$rw" \
		--numjobs=2 --thread --time_based --runtime=300ms \
		--pair_slice=5ms --pair_guard=1ms "$@"
	check "$p: it leaves nothing" [ -z "$(made)" ]
}

# What 2048 I/Os have left when a job has ended, but not cleaned up yet: how
# many files of which size, and the first of them.
leaves()	# NAME FILES ARGS...
{
	name=$1 files=$2
	shift 2
	cat >left.sh <<-"EOF"
	find f.append.1.0 f.fpbench.1.[01] -type f -printf '%s %f\n' 2>/dev/null |
		sort -k 2 | awk 'NR == 1 { first = $2 }
				 { n[$1]++ }
				 END { for (size in n)
					print n[size], size, first }' >left
	EOF
	rm -f left
	runs "$name" $base --rw=randwrite --exec_postrun="sh ./left.sh" "$@"
	cat left >>err
	check "$name: $files" [ "$(cat left)" = "$files" ]
}

# Two jobs are interrupted once both have made files on both sides.
interrupt_test()	# PATH ARGS...
{
	p=$1 there=false
	shift
	"$FIO" --ioengine="external:$ENGINE" --submit="$p" $base --rw=randwrite \
		--numjobs=2 --pair=f --pair_slice=2ms --pair_guard=200us \
		--rate_iops=500 --time_based --runtime=10m "$@" \
		--name=j >out 2>err &
	server=$!
	for _ in $(seq 600); do
		sleep 0.1
		[ "$(made | wc -l)" = 4 ] && there=true && break
	done
	sleep 0.5
	kill -INT $server
	wait $server
	status=$?
	server=
	made >>err
	check "$p: two jobs have made something on both sides" $there
	check "$p: interrupted, it ends ($status) and leaves nothing" eval \
		'[ -z "$(made)" ] && ! cat out err | grep -q "got signal"'
}

data_tests()
{
	workload_test mmap randrw
	workload_test splice randrw
	workload_test copy randwrite
	workload_test cold randread
	workload_test append randwrite --append_limit=256k

	runs "mmap: verify while writing, odd sizes" --submit=mmap --filename=f \
		--size=$size --rw=randwrite --bsrange=512-64k --verify=crc32c \
		--verify_backlog=64 --bs_unaligned --pair=f --pair_slice=2ms \
		--pair_guard=200us
	runs "mmap: several files" --submit=mmap --nrfiles=3 --openfiles=2 \
		--size=3m --bs=4k --rw=randwrite --loops=2 --verify=crc32c
	for p in mmap splice; do
		# Larger than any pipe.
		runs "$p: a pattern in blocks of 2 MiB" --submit=$p --filename=pat.$p \
			--size=$size --bs=2m --rw=write --buffer_pattern=0x5a
		check "$p: the pattern is in the file" \
			[ "$(tr -d Z <pat.$p | wc -c)/$(wc -c <pat.$p)" = 0/8388608 ]
	done
	runs "splice: odd sizes" --submit=splice --filename=f --size=$size \
		--bsrange=512-256k --bs_unaligned --rw=randrw
	runs "splice: reads of 2 MiB" --submit=splice --filename=pat.splice \
		--size=$size --bs=2m --rw=read

	# In order, the second half overwrites the first, which is copied back.
	{ tr '\0' A </dev/zero | head -c 4m
	  tr '\0' B </dev/zero | head -c 4m; } >halves
	runs "copy: in order" --submit=copy --filename=halves --size=$size --bs=4k \
		--rw=write
	check "copy: each half was copied to the other" \
		[ "$(tr -d B <halves | wc -c)" = 0 ]
	runs "copy: odd sizes" --submit=copy --filename=halves --size=$size \
		--bsrange=512-64k --bs_unaligned --rw=randwrite

	cp f before
	leaves "append: up to the limit" "1 32768 f.append.1.0" \
		--submit=append --append_limit=1020k
	interrupt_test append
	check "append: the file itself is as before" cmp f before
	runs "append: with flags" --submit=append $base --rw=write --dsync=1 \
		--io_size=64k
}

meta_tests()
{
	for p in smallfile create stat open readdir rename unlink; do
		workload_test $p randwrite --meta_files=100
	done
	leaves "smallfile: files of a block" "48 4096 f00000000" \
		--submit=smallfile --meta_files=10 --meta_limit=100
	leaves "create: empty files" "2048 0 f00000000" --submit=create
	leaves "stat: its files" "50 0 f00000000" --submit=stat --meta_files=50
	leaves "open: its files" "50 0 f00000000" --submit=open --meta_files=50
	leaves "open: its files of two sides" "250 0 f00000000" --submit=open \
		--meta_files=50 --pair=f --meta_files_pair=200 --pair_slice=5ms \
		--pair_guard=1ms
	leaves "readdir: its files" "50 0 f00000000" --submit=readdir \
		--meta_files=50
	leaves "rename: once each" "2048 0 g00000000" --submit=rename \
		--meta_files=2048
	leaves "rename: and back" "1024 0 f00000000" --submit=rename \
		--meta_files=1024
	leaves "unlink: the last ones" "52 0 f00000048" --submit=unlink \
		--meta_files=100
	for p in smallfile create stat open readdir rename unlink; do
		interrupt_test $p --meta_files=50
	done

	# In a pause a job makes new names, and its slice cannot be used.
	all_counted "unlink: with pauses" --submit=unlink $base --rw=randwrite \
		--meta_files=100 --number_ios=1000 --pair_slice=5ms \
		--pair_guard=1ms
	check "unlink: pauses are in no slice that counts" \
		[ "$(grep -c ',partial,' sl_slices.1.csv)" -gt 2 ]

	mkdir -p f.fpbench.1.0/d00000000/deep
	touch f.fpbench.1.0/f00000000 f.fpbench.1.0/d00000000/f00000000
	refuses "a folder that no job has left" 'cannot empty' --submit=stat $base \
		--rw=randwrite
	rm -rf f.fpbench.1.0/d00000000/deep
	mkdir -p f.fpbench.1.0
	touch f.fpbench.1.0/f00000000
	runs "what a killed job has left is taken over" --submit=stat $base \
		--rw=randwrite
	check "and removed" [ -z "$(made)" ]
	if command -v flock >/dev/null; then
		mkdir f.fpbench.1.0
		exec 9<f.fpbench.1.0
		flock 9
		refuses "a folder that another job uses" 'another job is using it' \
			--submit=stat $base --rw=randwrite
		check "it stays" [ -d f.fpbench.1.0 ]
		exec 9<&-
		rmdir f.fpbench.1.0
	else
		skip "a folder that another job uses" "no flock"
	fi
	mkdir ro
	cp f ro/f
	chmod 555 ro
	if touch ro/g 2>/dev/null; then
		skip "a folder that cannot be made" "root may make everything"
	else
		refuses "a folder that cannot be made" 'cannot create' \
			--submit=stat --filename=ro/f --size=$size --bs=4k \
			--rw=randwrite
	fi
	chmod 755 ro
}

# --- fio's own means --------------------------------------------------------

means_tests()
{
	"$FIO" --enghelp="$ENGINE" >out 2>err
	check "enghelp lists the options" grep -q '^pair_slice ' out
	check "enghelp lists the submission paths" \
		[ "$(echo "$all_paths" | wc -l)" -ge 15 ]

	runs "registered files and buffers" --submit=io_uring $base --rw=randrw \
		--iodepth=16 --fixedbufs --registerfiles --verify=crc32c --pair=f \
		--pair_slice=2ms --pair_guard=200us
	runs "a thread that polls for submissions" --submit=io_uring $base \
		--rw=randrw --iodepth=16 --iodepth_batch=8 --sqthread_poll \
		--sqthread_poll_cpu=0 --verify=crc32c --fsync=32
	! has_path io_wq || wq_test
	runs "flags of pvsync2" --submit=pvsync2 $base --rw=write --dsync=1 \
		--io_size=64k
	cp short appended
	runs "append" --submit=pvsync2 --filename=appended --size=1m --rw=randwrite \
		--bs=4k --append=1
	check "append made the file grow" [ "$(stat -c %s appended)" = 2097152 ]

	# Kernels since 6.11 know RWF_ATOMIC, and this filesystem has none of it.
	if grep -q FIO_HAVE_RWF_ATOMIC "$B/deps/fio/os/os-linux.h"; then
		for p in libaio io_uring pvsync2; do
			flag_arrives "$p: atomic" 'Operation not supported' \
				--submit=$p --filename=f --size=1m --bs=4k \
				--direct=1 --rw=randwrite --atomic=1
		done
		refuses "atomic where there is no place" 'cannot pass flags' \
			--submit=psync --atomic=1 --direct=1 $base \
			--rw=randwrite
	else
		skip "atomic" "this fio's option of that name is another one"
	fi
	# It would block: the page is not there.
	for p in libaio io_uring pvsync2; do
		"$FIO" --name=drop --filename=f --size=1m --rw=read --direct=1 \
			--minimal >/dev/null 2>&1
		flag_arrives "$p: nowait" 'temporarily unavailable\|not supported' \
			--submit=$p $base --rw=randread --nowait=1
	done
	runs "rate" --submit=libaio $base --rw=randwrite --iodepth=4 \
		--rate_iops=1000 --time_based --runtime=1s
	check "rate is not exceeded" within "$(number write iops)" 1 1100
	runs "time_based" --submit=psync $base --rw=randread --time_based --runtime=1s
	check "runtime is kept" within "$(number read runtime)" 950 60000
	runs "batches" --submit=libaio $base --rw=randread --iodepth=16 \
		--iodepth_batch_submit=16 --iodepth_batch_complete_min=16
	check "batches are submitted whole" \
		within "$(number iodepth_submit 16)" 90 100
	runs "group_reporting" --submit=libaio $base --rw=randread --numjobs=3 \
		--group_reporting
	check "group_reporting gives one job" [ "$(grep -c '"jobname"' out)" = 1 ]
	fio_run --output-format=json+ --submit=libaio $base --rw=randread --pair=f \
		--pair_slice=1ms --pair_guard=100us --name=j
	check "json+ has latency bins of both sides" \
		[ "$(sed -n '/"prios"/,/\]/p' out | grep -c '"bins"')" = 2 ]
	runs "latency_target and thinktime" --submit=libaio $base --rw=randread \
		--thinktime=100us --thinktime_blocks=64 --io_size=1m --iodepth=8

	cat >mix.fio <<EOF
[global]
filename=f
size=1m
bs=4k
rw=randread
[ours]
submit=libaio
ioengine=external:$ENGINE
iodepth=8
[theirs]
stonewall
ioengine=psync
[ours-again]
stonewall
ioengine=external:$ENGINE
submit=psync
EOF
	"$FIO" --output-format=json mix.fio >out 2>err
	check "one job file with fio's own engines" \
		[ "$(grep -c '"error" : 0,' out)" = 3 ]

	"$FIO" --server=sock:"$PWD/sock" >server.log 2>&1 &
	server=$!
	for _ in $(seq 600); do
		[ -S sock ] && break
		sleep 0.1
	done
	cat >remote.fio <<EOF
[remote]
ioengine=external:$ENGINE
submit=libaio
filename=$PWD/f
pair=$PWD/f
pair_slices=$PWD/remote
pair_slice=2ms
pair_guard=200us
size=$size
bs=4k
rw=randread
EOF
	# Its exit status says nothing: a server without the engine gives 0 as well.
	"$FIO" --client=sock:"$PWD/sock" --output-format=json remote.fio >out 2>err
	check "client and server" [ "$(number read total_ios)" = 2048 ]
	check "the server wrote the slices" [ -s remote_slices.1.csv ]
	kill "$server"
	wait "$server" 2>/dev/null
	server=

	runs "proof: the report is written" --submit=libaio $base --rw=randread \
		--report=rep --pair=f --pair_slice=1ms --pair_guard=100us
	check "proof: the report names both sides" \
		[ "$(grep -o '"fs":' rep_report.1.json | wc -l)" = 2 ]
}

# CPU time in % of the job's time, from fio's JSON.
cpu_share()
{
	sed -n 's/.*"\(usr_cpu\|sys_cpu\)" : \([0-9.]*\),.*/\2/p' out |
		awk '{ cpu += $1 } END { print cpu }'
}

# As two guests would: two fios that know nothing of each other but the plan.
lane()		# LANE FILE RAW ARGS...
{
	lane=$1 file=$2 raw=$3
	shift 3
	"$FIO" --ioengine="external:$ENGINE" --filename="$file" --size=$size \
		--bs=4k --rw=randwrite --time_based --runtime="$((60 * ms))ms" \
		--pair="$raw" --pair_slice="${ms}ms" --pair_lanes=2 \
		--pair_lane="$lane" --pair_raw_every=4 --pair_seed=5 \
		--pair_slices="lane$lane" "$@" --name=j >"lane$lane.out" 2>&1
}

# Slices in whose bins both have completions: none, and both have many.
interleaved()
{
	awk -F, '$1 ~ /^[0-9]+$/ {
			n = split($9, bins, "[ @]"); ios = 0
			for (i = 1; i < n; i += 2)
				ios += bins[i]
			if (ios) {
				slices[FILENAME]++
				if (owner[$1] && owner[$1] != FILENAME)
					both++
				owner[$1] = FILENAME
				sides[FILENAME, $2]++
			}
		}
		END {
			for (f in slices)
				print "# " f ": " slices[f] " slices, " \
				      sides[f, 1] " of side 1; both: " both + 0
			exit both || slices[ARGV[1]] < 10 ||
			     slices[ARGV[2]] < 10 || !sides[ARGV[1], 1] ||
			     !sides[ARGV[2], 1]
		}' lane0_slices.1.csv lane1_slices.1.csv >out
}

# Latencies of any kind that are longer than a slice, from the bins of json+.
# Three quarters of the sleeps are, and each would show in $depth I/Os. A machine
# that stalls for as long shows in a few.
no_sleep()
{
	awk -v slice="${ms}e6" -v most=$((10 * depth)) '
		/^ *"[0-9]+" : [0-9]+,?$/ {
			gsub(/[^0-9 ]/, "")
			n += $2
			slow += ($1 >= slice + 0) * $2
		}
		END {
			print n + 0 " latencies, " slow + 0 " with a sleep"
			exit !n || slow >= most
		}' lane0.out >out
}

latency_test()	# PATH
{
	depth=8
	[ "$1" = psync ] || [ "$1" = pvsync2 ] && depth=1
	for ms in 20 80 320; do
		lane 0 f f --submit="$1" --iodepth=$depth --iodepth_batch=4 \
			--output-format=json+ --lat_percentiles=1 \
			--clat_percentiles=1 --slat_percentiles=1
		no_sleep && break
	done
	check "$1: no latency has the sleep through other lanes' slices" \
		no_sleep
}

lanes_test()
{
	for p in $paths; do
		has_path "$p" || continue
		latency_test "$p"
		# Longer slices if the machine is so busy that they are slept
		# over, or one fio ends before the other begins.
		for ms in 20 80 320; do
			lane 0 f f --submit="$p" --iodepth=8 --iodepth_batch=4 &
			lane 1 g g --submit="$p" --iodepth=8 --iodepth_batch=4 ||
				break
			wait $! && interleaved &&
				"$PAIR" lane?_slices.1.csv >ratio 2>err && break
			# Both at once is never right.
			grep -q 'both: [1-9]' out && break
		done
		check "$p: two lanes take turns" interleaved
		check "$p: their slices make a ratio" \
			grep -q '^lane 1 to lane 0: ratio [0-9]' ratio
	done
	# One makes many times as many files as the other.
	for ms in 20 80 320; do
		start=$(($(date +%s) + 3 + ms / 20))000000000
		lane 0 f f --submit=stat --meta_files=10 --pair_start="$start" &
		lane 1 g g --submit=stat --meta_files=300 --pair_start="$start" &&
			wait $! && interleaved && starts_at "$start" && break
		grep -q 'both: [1-9]' out && break
	done
	check "lanes start together, however long they prepare" eval \
		'interleaved && starts_at "$start"'
	rm -f lane?_slices.*
	ms=20
	lane 1 g g --submit=psync --pair_clock_offset=-5000000000 || : >lane1_slices.1.csv
	check "the clock's offset is added" offset_shows
}

# No slice begins before, or much after.
starts_at()	# NS
{
	for file in lane0_slices.1.csv lane1_slices.1.csv; do
		awk -F, -v start="$1" -v slice="${ms}e6" '
			$1 ~ /^[0-9]+$/ {
				exit !($4 > start - slice && $4 < start + 5e9)
			}
			END { if (NR < 12) exit 1 }' $file || return
	done
}

# The slices' times begin five seconds before the present.
offset_shows()
{
	awk -F, -v now="$(date +%s)" '
		$1 ~ /^[0-9]+$/ { exit !($4 / 1e9 < now - 4 && $4 / 1e9 > now - 600) }
		END { if (NR < 12) exit 1 }' lane1_slices.1.csv
}

# Jobs in turn on each of the CPUs that this test may use, while fio runs.
pin_test()
{
	"$FIO" --ioengine="external:$ENGINE" --submit=psync $base \
		--rw=randread --numjobs=3 --pin_jobs=1 --time_based \
		--runtime=1m --name=j >out 2>err &
	server=$!
	for _ in $(seq 600); do
		[ "$(jobs_of_fio | wc -w)" = 3 ] && break
		sleep 0.1
	done
	for pid in $(jobs_of_fio); do
		sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$pid/status"
	done >pinned 2>err
	sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$server/status" >fios
	kill $server
	wait $server
	server=
	echo "on CPUs $(tr '\n' ' ' <pinned)of $(cat fios)" >err
	check "pin_jobs: each job has one CPU" eval \
		'[ "$(grep -c "^[0-9]*$" pinned)" = 3 ]'
	check "pin_jobs: in turn" eval \
		'[ "$(sort -u pinned | wc -l)" = "$(nproc | awk "{ print (\$1 < 3 ? \$1 : 3) }")" ]'
	check "pin_jobs: fio itself may use them all" eval \
		'[ "$(cat fios)" = "$(sed -n "s/^Cpus_allowed_list:\t//p" /proc/self/status)" ]'
}

# By itself, after the others. Who sleeps through a guard of a quarter gets at
# most three quarters of a CPU, on any machine; who spins gets all of it, unless
# the machine is busy: hence three runs, none of which may be above.
guard_test()
{
	for _ in 1 2 3; do
		runs "a guard of a quarter" --submit=psync $base --rw=randread \
			--invalidate=0 --time_based --runtime=1s --pair=f \
			--pair_slice=40ms --pair_guard=10ms
		share=$(cpu_share)
		check "a guard is slept through ($share % of a CPU)" \
			within "$share" 1 82
	done
}

# What must fail, with words.
failure_tests()
{
	refuses "unknown submission path" 'failed parsing submit=' --submit=none $base
	refuses "unknown option" 'unrecognized option\|Unknown option\|unknown' \
		--no_such_option=1 $base
	refuses "file that is not there" 'No such file\|file creation disallowed' \
		--filename=nowhere --size=1m --rw=read --allow_file_create=0
	refuses "--readonly" 'read-only mode' --readonly $base --rw=write
	refuses "offloaded submission" 'offload' --io_submit_mode=offload $base
	refuses "flags where there is no place" 'submit=psync cannot pass flags' \
		--submit=psync --nowait=1 $base
	refuses "pinned threads" 'cannot pin threads' --pin_jobs=1 --thread $base
	refuses "hipri where there is no polling" 'cannot poll' --submit=libaio \
		--hipri $base
	refuses "io_uring's options elsewhere" "they are io_uring's" --submit=libaio \
		--fixedbufs $base
	refuses "a workload that only writes" 'needs rw=write or rw=randwrite' \
		--submit=stat $base --rw=randrw
	refuses "a workload that only reads" 'needs rw=read' --submit=cold $base \
		--rw=randwrite
	refuses "cold reads in order" 'needs rw=randread' --submit=cold $base \
		--rw=read
	for p in mmap cold; do
		refuses "$p: direct I/O" 'not with direct=1' --submit=$p $base \
			--rw=randread --direct=1
	done
	for p in splice copy append create; do
		refuses "$p: verify" 'cannot be verified' --submit=$p $base \
			--rw=randwrite --verify=crc32c
	done
	for p in append unlink; do
		refuses "$p: fsync" 'do not sync' --submit=$p $base --rw=randwrite \
			--fsync=8
		refuses "$p: several files" 'takes one file' --submit=$p --size=1m \
			--bs=4k --filename=f:g --rw=randwrite
	done
	refuses "flags where there is no place: mmap" 'cannot pass flags' \
		--submit=mmap --dsync=1 $base --rw=randwrite
	refuses "a copy of less than four blocks" 'four blocks or more' \
		--submit=copy --filename=f --size=$size --bs=4m --rw=randwrite
	refuses "an append_limit of less than a block" 'must not be less than bs' \
		--submit=append --append_limit=1k $base --rw=randwrite
	refuses "meta_files elsewhere" 'submit=psync has no meta_files' \
		--submit=psync --meta_files=10 $base
	refuses "meta_limit elsewhere" 'submit=stat has no meta_limit' \
		--submit=stat --meta_limit=10 $base --rw=randwrite
	refuses "append_limit elsewhere" 'submit=mmap has no append_limit' \
		--submit=mmap --append_limit=1m $base --rw=randwrite
	refuses "guard of half a slice" 'more than a quarter' --pair=f \
		--pair_slice=2ms --pair_guard=1ms $base
	refuses "slices of nothing" 'must be from 100us to 10s' --pair=f \
		--pair_slice=0 $base
	refuses "slices that are over at once" 'must be from 100us to 10s' \
		--pair=f --pair_slice=1us --pair_guard=0 $base
	refuses "slices of hours" 'must be from 100us to 10s' --pair=f \
		--pair_slice=10h --pair_guard=1h $base
	refuses "no lane" 'must be from 1 to 16' --pair=f --pair_lanes=0 $base
	refuses "too many lanes" 'must be from 1 to 16' --pair=f \
		--pair_lanes=17 $base
	refuses "a lane beyond the last" 'must be less than pair_lanes' \
		--pair=f --pair_lanes=2 --pair_lane=2 $base
	refuses "a start without lanes" 'is for several lanes' --pair=f \
		--pair_start=1 $base
	refuses "an offset that is not a number" 'must be a number' --pair=f \
		--pair_clock_offset=5ms $base
	refuses "a pair of nothing" 'failed parsing pair=' --pair= $base
	refuses "other side that is not there" 'cannot open' --pair=nowhere $base
	refuses "other side that is another file" 'not the same file' --pair=g $base
	refuses "other side that is smaller" 'is smaller than' --pair=short \
		--pair_same=0 $base
	refuses "verify on two files" 'not with pair_same=0' --pair=g --pair_same=0 \
		--verify=crc32c $base
	runs "other side that is another file, allowed" --pair=g --pair_same=0 $base
	refuses "slices that cannot be written" 'cannot create' --pair=f \
		--pair_slices=nowhere/x $base
	refuses "report that cannot be written" 'cannot write' --report=nowhere/x $base
	refuses "unknown filesystem" 'unknown filesystem "xsf" (known:' \
		--expect_fs=xsf $base
	refuses "other filesystem" 'not on 0x123' --expect_fs=0x123 $base
	refuses "other filesystem of the pair" 'not on 0x123' --expect_pair_fs=0x123 \
		--pair=f $base
	refuses "expect_pair_fs without a pair" 'without pair=' --expect_pair_fs=xfs \
		$base
	refuses "passthrough of a plain file" 'not behind a FUSE daemon' \
		--expect_passthrough=1 $base

	# Writes beyond 1 MiB (2048 blocks of 512 bytes) fail.
	limit=2048
	for p in $paths; do
		refuses "$p: an error of the file" 'error=File too large' \
			--submit="$p" $base --rw=write --iodepth=8
	done
	limit=unlimited

	if [ -n "$OTHER_FIO" ] &&
	   [ "$("$OTHER_FIO" --version)" != "$("$FIO" --version)" ]; then
		FIO=$OTHER_FIO
		refuses "another fio ($("$OTHER_FIO" --version))" 'wrong fio' \
			--filename=f --size=1m
	else
		skip "another fio" "none given (OTHER_FIO=)"
	fi
}

# --- all of it --------------------------------------------------------------

size=8m
base="--filename=f --size=$size --bs=4k"
"$FIO" --name=fill --rw=write --bs=1m --filename=f --size=$size \
	--minimal >/dev/null || exit 1

# Side by side in folders of their own: fio mostly sleeps when it is this short.
group()		# NAME FUNCTION ARGS...
{
	grp=$1
	shift
	mkdir "$grp"
	(
		cd "$grp" || exit 1
		server=
		trap '[ -z "$server" ] || kill "$server"' EXIT
		trap 'exit 1' TERM
		cp ../f f
		cp f g
		head -c 1m f >short
		"$@"
		echo "ok - $grp: to the end"
	) >"$grp.tap" 2>"$grp.err" &
	pids="$pids $!"
	groups="$groups $grp"
}

"$FIO" --enghelp="$ENGINE,submit" >enghelp 2>&1
all_paths=$(sed -n 's/^.*valid values: \([a-z_0-9]*\) .*/\1/p
		s/^ *: \([a-z_0-9]*\) .*/\1/p' enghelp)
# Those that read and write at any offset, in any way.
paths=$(echo "$all_paths" | grep -x 'libaio\|io_.*\|p.*sync2*')
groups=
for p in $paths; do
	group "$p" path_tests "$p"
done
group data data_tests
group meta meta_tests
group means means_tests
group failures failure_tests
[ ! -r "/proc/$$/task/$$/children" ] || group pin pin_test
for pid in $pids; do
	wait "$pid"
done
pids=
group lanes lanes_test
group guard guard_test
wait
pids=

for g in $groups; do
	cat "$g.tap"
	grep -q "^ok - $g: to the end" "$g.tap" || {
		echo "not ok - $g: did not get to the end"
		sed 's/^/# /' "$g.err"
	}
done | awk '/^ok - /     { sub(/^ok/, "ok " ++n) }
	    /^not ok - / { sub(/^not ok/, "not ok " ++n); bad++ }
			 { print }
	    END          { print "1.." n; exit bad || !n }'
