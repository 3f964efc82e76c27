#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Any FUSE daemon by a line: those that serve are measured, and those that do not
# say why, in one boot; then the same on this machine's kernel, where nothing may
# be left behind.
. "$(dirname "$0")/tap.sh"
needs_guests

results=$tmp/results
latest=$results/latest
plan=$tmp/plan.ini
fpfs=$PWD/build/fpfs

# script NAME: a daemon of ours, from standard input.
script() {
	{ echo "#!/bin/sh" && cat; } >"$tmp/$1"
	chmod +x "$tmp/$1"
}
script wrapper <<END
echo "a wrapper"
"$fpfs" -f --mode=copy "\$1" "\$2" &
trap 'kill \$!' TERM
wait
END
script fails <<END
echo "cannot find the moon"
exit 5
END
script lacks <<END
echo "no such feature" >&2
exit 3
END
# Sends the signal $1 to its daemon at the first write, which its log shows.
script at_write <<END
mkfifo "\$4/log"
"$fpfs" --debug --mode=copy "\$2" "\$3" 2>"\$4/log" &
daemon=\$!
grep -q -m 1 "opcode: WRITE" <"\$4/log"
echo "sends itself \$1"
kill -\$1 \$daemon
wait
exit 7
END
script naive <<END
exec 3>/dev/null
exec "$PWD/build/fpnaive" 3 "\$1" "\$2"
END

# row NAME EXPECT STATUS TEXT COMMAND: what the sample's status is, and what its
# reason says. A command without a program is skipped.
rows() {
	row foreground daemon ok "" "$fpfs -f --mode=copy {source} {mnt}"
	row background daemon ok "" "$fpfs --mode=copy {source} {mnt}"
	row preset passthrough ok "" "{fpfs} --mode=passthrough {source} {mnt}"
	row wrapper daemon ok "" "$tmp/wrapper {source} {mnt}"
	row naive passthrough ok "" "$tmp/naive {source} {mnt}"
	row work any ok "" "mkdir {work}/d && $fpfs {work}/d {mnt}"
	row no_fuse any ok "" "mount --bind {source} {mnt}"
	row mount_fuse daemon ok "" \
		"mount -t fuse.$fpfs -o mode=copy {source} {mnt}"
	row bindfs daemon ok "" "bindfs -f {source} {mnt}"
	row hides daemon ok "" \
		"(env -i setsid $fpfs --mode=copy {source} {mnt} &) & wait"
	row mount_bindfs daemon ok "" "mount -t fuse.bindfs {source} {mnt}"
	row copies passthrough invalid ": not passthrough" \
		"$fpfs --mode=copy {source} {mnt}"
	row bypasses daemon invalid "no READ or WRITE request reached" \
		"$fpfs --mode=passthrough {source} {mnt}"
	row missing any failed "ended with status 127: " \
		"no-such-daemon {source} {mnt}"
	row fails any failed "status 5: cannot find the moon; see daemon-fails.log" \
		"$tmp/fails {source} {mnt}"
	row lacks any skipped "no such feature" "$tmp/lacks {source} {mnt}"
	row nothing any failed "but nothing is mounted" "true {mnt}"
	row never any failed "nothing was mounted within 15 s" \
		"sleep 1000; true {mnt}"
	row dies any failed "sends itself KILL" \
		"$tmp/at_write KILL {source} {mnt} {work}"
	row hangs any failed "does not answer: sends itself STOP" \
		"$tmp/at_write STOP {source} {mnt} {work}"
}

# Whether what the row needs is installed.
needs() {
	case $1 in
	*bindfs) command -v bindfs >/dev/null ;;
	esac && case $1 in
	mount_*) command -v mount.fuse3 >/dev/null ;;
	esac
}

plan_row() {
	needs "$1" || return 0
	[ -z "$only" ] || echo " $only " | grep -q " $1 " || return 0
	printf '[target %s]\nlike = fuse\nexpect = %s\nmount = %s\n' \
		"$1" "$2" "$5"
	names=$names,$1
}

# plan NAME...: of these rows, or of all.
plan() {
	only=$* names=raw
	row() { plan_row "$@"; }
	{
		rows
		printf '[sweep]\ntargets = %s\nnumjobs = 1\nrounds = 1\n' \
			"$names"
		printf 'regimes = cpu\nruntime = 200ms\nramp = 0\n'
		printf 'filesize = 16m\npairing = separate\nseed = 1\n'
		printf '[device]\nsize = 320m\n[guest]\nmemory = 1g\n'
	} >"$plan"
}

# holds FILTER: of all samples of the run.
holds() {
	jq -es "$1" "$latest/samples.jsonl" >/dev/null
}

# sample NAME STATUS TEXT: so it is in the run's samples.
sample() {
	jq -es --arg name "$1" --arg status "$2" --arg text "$3" \
		'map(select(.target == $name)) | length == 1 and
		.[0].status == $status and
		((.[0].reason // "") | contains($text))' \
		"$latest/samples.jsonl" >/dev/null || {
		grep "\"target\":\"$1\"" "$latest/samples.jsonl" |
			sed 's/^/# /'
		return 1
	}
}

check_row() {
	if needs "$1"; then
		[ -z "$only" ] || echo " $only " | grep -q " $1 " || return 0
		ok "$where: $1: $3" sample "$1" "$3" "$4"
	else
		skip "$where: $1: $3" "it is not installed"
	fi
}

check_rows() {
	row() { check_row "$@"; }
	rows
	ok "$where: raw is measured" sample raw ok ""
}

where=guest
plan
ok "guest: a run with daemons that fail: status 4" status_is 4 "$f" run \
	-k patched --results "$results" "$plan"
check_rows
ok "guest: what reached a daemon is counted by the kernel" holds \
	'map(select(.target == "foreground"))[0].daemon | .write > 0 and
	.evidence == "tracepoint"'
ok "guest: what a daemon prints is kept" grep -q "a wrapper" \
	"$latest/boots/r01-patched/daemon-wrapper.log"
ok "guest: nothing is left behind" no_traces "$guests"

# Two filesystems, or two options of one, with one kernel. On a machine that is
# too busy for slices, one after the other.
lanes() {
	"$f" run -k patched --results "$results" --rounds=1 --numjobs=1 \
		--regimes=cpu --set sweep.filesize=16m --set device.size=320m \
		--set guest.memory=1g --set sweep.repeats=0 "$@" \
		--fs "plain=$fpfs -f {source} {mnt}" --fs \
		"one=$fpfs -f --mode=passthrough-noparallel {source} {mnt}" \
		>"$out" 2>&1
}
both() {
	[ "$(jq -r 'select(.target == "fs") | .kernel' \
		"$latest/samples.jsonl" | sort -u | tr '\n' ' ')" = "one plain " ]
}
lanes || lanes --separate
ok "two of --fs: a run" [ $? -eq 0 ]
ok "two of --fs: each is a kernel of the run" [ "$(jq -r \
	'.kernels | map(.name + " " + (.fs | split(" ") | .[2])) | join(" ")' \
	"$latest/manifest.json")" = "plain {source} one --mode=passthrough-noparallel" ]
ok "two of --fs: each is measured" both
run=$(readlink -f "$latest")
grep -v '"kernel":"one"' "$run/samples.jsonl" >"$tmp/left"
cp "$tmp/left" "$run/samples.jsonl"
ok "two of --fs: resume" sh -c "'$f' run --resume '$run' >'$out' 2>&1 ||
	grep -q 'no sample of' '$out'"
ok "two of --fs: resume brings back what was lost" both
ok "two of --fs: nothing is left behind" no_traces "$guests"

# This machine's kernel. Its daemons are known by what they were started with, or by
# their mount; the rest by the number of a process that has gone, at its end.
export FPBENCH_TEST="$tmp"
started_here() {
	grep -l "FPBENCH_TEST=$tmp" /proc/[0-9]*/environ 2>/dev/null
}
host_traces() {
	traces "$guests"
	started_here
	pgrep -a -f "^[^ ]*bindfs .*$scratch/"
	for trace in /sys/kernel/tracing/instances/fpbench-* \
		/dev/shm/fpbench-*.img; do
		number=${trace%.img}
		[ ! -e "$trace" ] || kill -0 "${number##*-}" 2>/dev/null ||
			echo "$trace"
	done
}
none_left() {
	host_traces >"$tmp/traces"
	sed 's/^/# /' "$tmp/traces"
	[ ! -s "$tmp/traces" ]
}
if [ "$(id -u)" -ne 0 ] || [ ! -w /dev/fuse ]; then
	skip "host" "needs root and /dev/fuse"
	tap_end
fi
"$f" clean >"$out" 2>&1	# what others may have left
where=host
plan background copies fails dies hangs
ok "host: a run with daemons that fail: status 4" status_is 4 "$f" run \
	--backend=host --results "$results" "$plan"
check_rows
ok "host: nothing is left behind" none_left

# Without the tracepoint, by what the daemon's processes read and wrote.
without_tracepoint() {
	unshare -m sh -c 'mount -t tmpfs none /sys/kernel/tracing &&
		mount -t tmpfs none /sys/kernel/debug && exec "$@"' sh \
		"$f" run --backend=host --results "$results" "$plan"
}
if [ -r /proc/self/io ] && [ -d /sys/kernel/tracing ] &&
	command -v bindfs >/dev/null; then
	rows() {
		row bindfs daemon ok "" "bindfs -f {source} {mnt}"
		row hides daemon ok "" \
			"env -i $(command -v bindfs) {source} {mnt}"
		row claims passthrough invalid "bytes itself: not passthrough" \
			"bindfs -f {source} {mnt}"
		row naive passthrough failed "cannot prove" "$tmp/naive {source} {mnt}"
	}
	plan
	ok "no tracepoint: status 4" status_is 4 without_tracepoint
	check_rows
	ok "no tracepoint: says by what it knows" holds \
		'map(select(.daemon).daemon.evidence) | unique == ["io"]'
else
	skip "no tracepoint" "needs bindfs and /proc/PID/io"
fi

# Whose process is gone, and whose is not.
instances=/sys/kernel/tracing/instances
if [ -d $instances ]; then
	sh -c 'echo $$' >"$tmp/gone"
	gone=$instances/fpbench-9999-all-$(cat "$tmp/gone")
	used=$instances/fpbench-9999-all-$$
	mkdir "$gone" "$used"
	ok "host: clean" status_is 0 "$f" clean
	ok "host: clean: a trace instance of a process that is gone" \
		[ ! -e "$gone" ]
	ok "host: clean: none of a process that lives" [ -e "$used" ]
	rmdir "$used"
else
	skip "host: clean: trace instances" "tracefs is not mounted"
fi

# Killed outright while its daemons serve.
rows() {
	row background daemon ok "" "$fpfs --mode=copy {source} {mnt}"
}
plan
sed -i 's/^runtime = .*/runtime = 60s/' "$plan"
"$f" run --backend=host --results "$results" "$plan" >"$out" 2>&1 \
	</dev/null &
pid=$!
fio_runs() {
	lives "$pid" || return
	for p in $(pgrep -x fio); do
		! grep -q "FPBENCH_TEST=$tmp" "/proc/$p/environ" || return 0
	done
	return 1
}
ok "host: kill -9: fio runs" wait_for 600 fio_runs
kill -KILL $pid
wait $pid 2>/dev/null
cleaned() {
	status_is 0 "$f" clean && none_left
}
wait_for 60 cleaned
ok "host: kill -9: clean leaves nothing behind" none_left
tap_end
